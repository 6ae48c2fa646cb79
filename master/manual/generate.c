/*
 * generate: copies a template from stdin to stdout and replaces each line that is one of the marks
 * below by text from the tables of settings and flags. Runs at build time, to write manual pages
 * (mdoc(7)), shell completions and the service's settings file.
 */
#include "options.h"

#include <stdlib.h>

enum { LINE_WIDTH = 72 };

/* A flag with its dashless prefix, "" or "no-". unit is NULL if it takes no value. */
struct entry {
	const char *prefix, *flag, *unit, *help;
};

static void each_flag(void (*print)(const struct entry *entry))
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		print(&(struct entry){ "", s->flag, s->unit, s->help });
		if (s->type == SETTING_SWITCH)
			print(&(struct entry){ "no-", s->flag, NULL, s->help });
	}
	for (size_t i = 0; i < OPTIONS_FLAGS; i++)
		print(&(struct entry){ "", options_flags[i].flag, NULL, options_flags[i].help });
}

/* mdoc. */

/* Prints a word with mdoc's escapes. Texts are ASCII, except for "…" in UTF-8. */
static void print_word(struct str word)
{
	static const struct str ellipsis = STR_INIT("\xe2\x80\xa6");

	while (word.len > 0) {
		bool dots = str_starts(word, ellipsis);
		if (dots)
			fputs("\\&...", stdout);
		else if (word.ptr[0] == '\\')
			fputs("\\e", stdout);
		else
			putchar(word.ptr[0]);
		word = str_from_index(word, dots ? ellipsis.len : 1);
	}
}

/* Prints a sentence in lines short enough for mandoc's linter. */
static void print_sentence(const char *text)
{
	size_t column = 0;

	while (*text) {
		struct str word = { text, strcspn(text, " ") };
		if (column > 0)
			putchar(column + word.len > LINE_WIDTH ? '\n' : ' ');
		column = column + word.len > LINE_WIDTH ? word.len : column + word.len + 1;
		print_word(word);
		text += word.len + strspn(text + word.len, " ");
	}
	puts(".");
}

/* Prints the default, or a reference if it depends on the machine. */
static void print_fallback(const struct setting *s)
{
	if (!s->fallback)
		puts("whose default is under\n.Sx FILES .");
	else if (!*s->fallback)
		puts("no default.");
	else
		printf("default\n.Ql %s .\n", s->fallback);
}

static void print_settings(void)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		printf(".It Fl Fl %s", s->flag);
		if (s->type == SETTING_SWITCH)
			printf(" , Fl Fl no-%s", s->flag);
		else
			printf(" Ar %s", s->unit);
		putchar('\n');
		print_sentence(s->help);
		printf("Variable\n.Ev %s ,\n", s->variable);
		print_fallback(s);
	}
}

static void print_actions(void)
{
	for (size_t i = 0; i < OPTIONS_FLAGS; i++) {
		printf(".It Fl Fl %s\n", options_flags[i].flag);
		print_sentence(options_flags[i].help);
	}
}

/* The settings file of the service. */

static void print_defaults(void)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct setting *s = &config_settings[i];
		printf("# %s\n#%s=%s\n\n", s->help, s->variable,
			s->fallback ? s->fallback : "sqlite:////var/lib/postern/app.db");
	}
}

/* Completions. */

static void print_flag(const struct entry *e)
{
	printf("--%s%s\n", e->prefix, e->flag);
}

static void print_words(void)
{
	each_flag(print_flag);
}

/* Escapes text for single quotes in zsh and fish. Brackets, which are special to zsh here, become
 * bars. */
static void print_quoted(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text == '[' || *text == ']' ? '|' : *text);
	}
}

static void print_zsh_flag(const struct entry *e)
{
	printf("'--%s%s%s[", e->prefix, e->flag, e->unit ? "=" : "");
	print_quoted(e->help);
	printf("]%s%s%s' \\\n", e->unit ? ":" : "", e->unit ? e->unit : "",
		!e->unit                       ? ""
		: strcmp(e->unit, "FILE") == 0 ? ":_files"
					       : ": ");
}

static void print_zsh(void)
{
	each_flag(print_zsh_flag);
}

static void print_fish_flag(const struct entry *e)
{
	bool file = e->unit && strcmp(e->unit, "FILE") == 0;

	printf("complete -c postern %s -l %s%s -d '",
		!e->unit ? "-f"
		: file   ? "-r -F"
			 : "-x",
		e->prefix, e->flag);
	print_quoted(e->help);
	puts("'");
}

static void print_fish(void)
{
	each_flag(print_fish_flag);
}

static const struct {
	const char *mark;
	void (*print)(void);
} marks[] = {
	{ "@settings@\n", print_settings },
	{ "@actions@\n", print_actions },
	{ "@defaults@\n", print_defaults },
	{ "@words@\n", print_words },
	{ "@zsh@\n", print_zsh },
	{ "@fish@\n", print_fish },
};

static void copy_line(const char *line)
{
	for (size_t i = 0; i < NITEMS(marks); i++) {
		if (strcmp(line, marks[i].mark) == 0) {
			marks[i].print();
			return;
		}
	}
	fputs(line, stdout);
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) >= 0)
		copy_line(line);
	free(line);
	return ferror(stdin) || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
