/*
 * Regular expressions, as Rust's regex crate has them: https://docs.rs/regex/latest/regex/#syntax.
 * All rows hold for pydantic-core 2.46 too.
 */
#include "pattern.h"
#include "suite.h"

#include <stdlib.h>

#define TEXT_END NULL

struct row {
	const char *pattern;
	const char *matches[8]; /* up to TEXT_END */
	const char *others[8];
};

/* clang-format off */
static const struct row rows[] = {
	/* Anchors and the search. */
	{ "", { "", "a" }, { TEXT_END } },
	{ "b", { "b", "abc" }, { "", "ac" } },
	{ "^b", { "b", "bc" }, { "ab", "a\nb" } },
	{ "b$", { "b", "ab" }, { "bc", "b\n", "b\r\n" } },
	{ "^$", { "" }, { "\n", "a" } },
	{ "$^", { "" }, { "a" } },
	{ "(^|x)b", { "b", "axb" }, { "ab" } },
	{ "(?:^a|b)c", { "ac", "xbc" }, { "xac" } },
	{ "\\Ab\\z", { "b" }, { "b\n", "ab" } },
	{ "(?m)^b$", { "a\nb\nc", "b" }, { "ab", "b\r\n" } },
	{ "(?mR)^b$", { "a\r\nb\r\nc", "b\r", "a\rb" }, { "ab" } },
	{ "(?mR)\r$\n", { TEXT_END }, { "\r\n" } },
	{ "(?mR)\r^\n", { TEXT_END }, { "\r\n" } },
	{ "(?m)\\Ab\\z", { "b" }, { "a\nb" } },
	{ "^^a$$", { "a" }, { "aa" } },
	{ "a^b", { TEXT_END }, { "ab", "a\nb" } },
	/* Characters. */
	{ "^.$", { "a", "\r", "\u00e9", "\u2028", "\U0001F600", "\xc2\x85" }, { "\n", "", "ab" } },
	{ "^(?s).$", { "a", "\n" }, { "", "ab" } },
	{ "^(?R).$", { "a" }, { "\n", "\r" } },
	{ "^(?sR).$", { "\n", "\r" }, { "" } },
	{ "^\\x41\\x{42}\\u0043\\u{44}\\U00000045\\U{46}$", { "ABCDEF" }, { "ABCDE" } },
	{ "^\\x{1F600}$", { "\U0001F600" }, { "\U0001F601" } },
	{ "^\\a\\f\\t\\n\\r\\v$", { "\a\f\t\n\r\v" }, { "aftnrv" } },
	{ "^\\.\\*\\[\\]\\(\\)\\{\\}\\^\\$\\|\\\\\\?\\+\\-\\#\\&\\~\\/\\%\\\"\\'\\ $",
		{ ".*[](){}^$|\\?+-#&~/%\"' " }, { "a" } },
	{ "^}]$", { "}]" }, { "}" } },
	{ "^\u00e9+$", { "\u00e9", "\u00e9\u00e9" }, { "e\u0301", "\u00c9" } },
	/* Perl's classes, with Unicode. */
	{ "^\\d$", { "0", "\u0661", "\u0967", "\U0001D7CE" }, { "a", "\u00b2", "\u2160" } },
	{ "^\\D$", { "a", "\u00b2" }, { "0", "\u0661" } },
	{ "^\\w$", { "a", "_", "0", "\u00e9", "\u0301", "\u200d", "\u203f" },
		{ "-", " ", "\u00b2", "\u00a0" } },
	{ "^\\W$", { "-", " " }, { "a", "_", "\u200c" } },
	{ "^\\s$", { " ", "\t", "\v", "\u00a0", "\u2003", "\xc2\x85", "\u3000" },
		{ "\u200b", "\u180e", "\x1c" } },
	{ "^\\S$", { "a", "\x1f" }, { " ", "\u2028" } },
	{ "^(?-u)\\w\\d\\s$", { "a0 ", "_9\v" }, { "\u00e9" "0 ", "a\u0661 " } },
	{ "^(?-u:[a-c])\\w$", { "a\u00e9" }, { "\u00e9" "a" } },
	{ "(?-u)^\u00e9$", { "\u00e9" }, { "e" } },
	{ "(?-u)^\\x{FF}$", { "\u00ff" }, { "y" } },
	{ "(?i-u)^\\x{e9}k$", { "\u00e9K" }, { "\u00c9K", "\u00e9\u212a" } },
	/* Word boundaries. */
	{ "\\bfoo\\b", { "foo", "a foo.", "\u20acfoo" }, { "foobar", "\u00e9" "foo", "foo_", "foo\u0301" } },
	{ "\\Boo", { "foo" }, { "oo", "a oo" } },
	{ "(?-u:\\b)foo", { "foo", "\u00e9" "foo" }, { "xfoo" } },
	{ "(?-u:\\B)foo", { "xfoo" }, { "foo", "\u00e9" "foo" } },
	{ "\\b{start}a", { "a", " a" }, { "ba" } },
	{ "a\\b{end}", { "a", "a " }, { "ab" } },
	{ "\\b{start-half}.", { "a", "-", "--" }, { "" } },
	{ "a\\b{start-half}", { TEXT_END }, { "a", "ab" } },
	{ "a\\b{end-half}", { "a", "a-" }, { "ab" } },
	{ "\\<a\\>", { "a", "-a-" }, { "ab", "ba" } },
	{ "^\\b{2}a", { "a" }, { "-" } },
	{ "\\b", { "a", "-a" }, { "", "-" } },
	{ "^\\B$", { "" }, { "a" } },
	/* Unicode's classes. */
	{ "^\\pL$", { "a", "\u00e9", "\u4e2d" }, { "1" } },
	{ "^\\PL$", { "1" }, { "a" } },
	{ "^\\p{Lu}$", { "A", "\u00c9" }, { "a" } },
	{ "^\\P{Lu}$", { "a" }, { "A" } },
	{ "^\\p{Greek}+$", { "\u03b1\u0391" }, { "a" } },
	{ "^\\p{sc=Grek}\\p{Script=Greek}\\p{script:greek}\\p{isGreek}\\p{ gr-ee_k }$",
		{ "\u03b1\u03b1\u03b1\u03b1\u03b1" }, { "aaaaa" } },
	{ "^\\p{sc!=Greek}$", { "\u03b1" }, { "a" } }, /* a fault of Rust's: != is = */
	{ "^\\p{scx=Hira}$", { "\u3041", "\u30fc" }, { "\u30a1" } },
	{ "^\\p{sc=Hira}$", { "\u3041" }, { "\u30fc" } },
	{ "^\\p{gc=Letter}\\p{General_Category:Nd}$", { "a1" }, { "aa" } },
	{ "^\\p{Alphabetic}$", { "a", "\u2160" }, { "1" } },
	{ "^\\p{Uppercase}\\p{lower}$", { "Aa", "\u2160\u00aa" }, { "aA" } },
	{ "^\\p{White_Space}$", { " " }, { "a" } },
	{ "^\\p{Emoji_Presentation}$", { "\U0001F600" }, { "1" } },
	{ "^\\p{any}$", { "\n", "a", "\U0010FFFF" }, { "" } },
	{ "^\\p{ASCII}$", { "\x7f" }, { "\xc2\x80" } },
	{ "^\\p{Assigned}$", { "a", "\U0001CCD6" }, { "\u0378" } },
	{ "^\\p{Cn}$", { "\u0378" }, { "a", "\U0001CCD6" } }, /* Unicode 16 has it */
	{ "^\\p{sc}$", { "$" }, { "a" } },
	{ "^\\p{cf}$", { "\u200d" }, { "a" } },
	{ "^\\p{lc}$", { "a" }, { "\u01bb" } },
	{ "^\\p{C}$", { "\x01", "\u0378", "\ue000" }, { "a" } },
	{ "^(?i)\\p{Lu}$", { "a", "A" }, { "1" } },
	{ "^(?i)\\P{Lu}$", { "1" }, { "a", "A" } },
	/* Classes in brackets. */
	{ "^[abc]$", { "a", "c" }, { "d", "" } },
	{ "^[^abc]$", { "d", "\n", "\u00e9" }, { "a", "" } },
	{ "^[a-c]$", { "b" }, { "d", "-" } },
	{ "^[]a]$", { "]", "a" }, { "[" } },
	{ "^[^]a]$", { "b" }, { "]", "a" } },
	{ "^[-a]$", { "-", "a" }, { "b" } },
	{ "^[a-]$", { "-", "a" }, { "b" } },
	{ "^[--a]$", { "-", "a" }, { "." } }, /* any number of hyphens at the beginning */
	{ "^[a\\-c]$", { "-", "c" }, { "b" } },
	{ "^[\\]\\[\\^]$", { "]", "[", "^" }, { "\\" } },
	{ "^[a^]$", { "^", "a" }, { "b" } },
	{ "^[.$*+?(){}|]$", { ".", "$", "}", "|" }, { "a" } },
	{ "^[\\d\\s]$", { "1", " " }, { "a" } },
	{ "^[\\D]$", { "a" }, { "1" } },
	{ "^[^\\d\\s]$", { "a" }, { "1", " " } },
	{ "^[[:alpha:]_]$", { "a", "_" }, { "1", ":" } },
	{ "^[[:^alpha:]]$", { "1", "\u00e9" }, { "a" } },
	{ "^[[:alnum:][:punct:]]$", { "a", "1", "!" }, { " " } },
	{ "^[[:ascii:][:blank:]]$", { "\x7f" }, { "\xc2\x80" } },
	{ "^[[:cntrl:]]$", { "\x1f", "\x7f" }, { " " } },
	{ "^[[:graph:]]$", { "!" }, { " " } },
	{ "^[[:print:]]$", { " " }, { "\t" } },
	{ "^[[:word:]]$", { "_" }, { "\u00e9" } },
	{ "^[[:xdigit:]]$", { "f" }, { "g" } },
	{ "^[[:upper:][:space:]]$", { "A", "\v" }, { "a" } },
	{ "(?i)^[[:upper:]]$", { "a", "\u017f" }, { "1" } },
	{ "^[:alpha:]$", { ":", "a", "l" }, { "b" } },
	{ "^[[:foo:]]$", { ":", "f" }, { "b", "[" } },
	{ "^[[a-c][x-z]]$", { "b", "y" }, { "m" } },
	{ "^[x[^xyz]]$", { "x", "a" }, { "y" } },
	{ "^[a-y&&xyz]$", { "x", "y" }, { "z", "a" } },
	{ "^[0-9&&[^4]]$", { "3", "5" }, { "4", "a" } },
	{ "^[0-9--4]$", { "3", "5" }, { "4", "a" } },
	{ "^[a-g~~b-h]$", { "a", "h" }, { "b", "g" } },
	{ "^[^a-c&&b]$", { "a", "z" }, { "b" } },
	{ "^[a-z&&b-y--m]$", { "b", "y" }, { "a", "m", "z" } }, /* from left to right */
	{ "^[\\p{L}--\\p{Lu}]$", { "a" }, { "A" } },
	{ "[a&&b]", { TEXT_END }, { "a", "b", "" } },
	{ "[^\\s\\S]", { TEXT_END }, { "a", "" } },
	{ "^[a&b~c]$", { "&", "~" }, { "d" } },
	{ "^[&&]$", { TEXT_END }, { "&", "a" } },
	{ "^[\\x41-\\x{5A}]$", { "M" }, { "m" } },
	/* Without regard to case. */
	{ "(?i)^k$", { "k", "K", "\u212a" }, { "j" } },
	{ "(?i)^stra\u00dfe$", { "STRA\u1e9e" "E", "\u017ftra\u00dfe" }, { "STRASSE" } },
	{ "(?i)^\u03c3$", { "\u03a3", "\u03c2" }, { "s" } },
	{ "(?i)^[^k]$", { "j" }, { "k", "K", "\u212a" } },
	{ "(?i)^[a-c&&B]$", { "b", "B" }, { "a" } },
	{ "(?i-u)^k$", { "k", "K" }, { "\u212a" } },
	{ "(?i)^\u0131$", { "\u0131" }, { "i", "I" } },
	{ "^a(?i)b|c$", { "aB", "ab", "xC" }, { "Ab" } },
	{ "^(?i:a)b$", { "Ab" }, { "AB" } },
	{ "^(?i)a(?-i)b$", { "Ab" }, { "AB" } },
	{ "^(a(?i))b$", { "ab" }, { "aB" } },
	/* Groups. */
	{ "^(a|b)(?:c|d)$", { "ac", "bd" }, { "ab" } },
	{ "^(?P<year>\\d{4})-(?<month_1.[x]>\\d\\d)$", { "2024-05" }, { "2024" } },
	{ "^(?<\u00e9>a)$", { "a" }, { "b" } },
	{ "^a|b$", { "ax", "xb" }, { "x" } },
	{ "^(a||b)$", { "", "a", "b" }, { "c" } },
	{ "^(|a)$", { "", "a" }, { "b" } },
	{ "^()$", { "" }, { "a" } },
	{ "|", { "", "a" }, { TEXT_END } },
	/* Repetitions. */
	{ "^a?$", { "", "a" }, { "aa" } },
	{ "^a*$", { "", "aaa" }, { "b" } },
	{ "^a+$", { "a", "aaa" }, { "" } },
	{ "^a{2}$", { "aa" }, { "a", "aaa" } },
	{ "^a{2,}$", { "aa", "aaaa" }, { "a" } },
	{ "^a{1,3}$", { "a", "aaa" }, { "", "aaaa" } },
	{ "^a{0}$", { "" }, { "a" } },
	{ "^a{ 1 , 3 }$", { "a", "aaa" }, { "" } },
	{ "^a{2}{3}$", { "aaaaaa" }, { "aaaaa" } },
	{ "^a**$", { "", "aa" }, { "b" } },
	{ "^a??b*?c+?d{2}?$", { "acdd", "bccdd" }, { "ad" } },
	{ "^(?U)a+?$", { "aa" }, { "" } },
	{ "^(a|b)*c$", { "c", "abac" }, { "ab" } },
	{ "^(?:a*)*$", { "", "aa" }, { "b" } },
	{ "^(?:a?){3}$", { "", "aaa" }, { "aaaa" } },
	{ "^(?:(?:)*b){2}$", { "bb" }, { "b" } },
	{ "^*a", { "ba" }, { "b" } },
	{ "(?:){1000000000}a", { "a" }, { "b" } },
	{ "(?:^|b){5}a", { "a", "bbbbba" }, { "b" } },
	{ "x*", { "", "a" }, { TEXT_END } },
	/* White space and comments. */
	{ "(?x)^ a b \t # c\n c $", { "abc" }, { "a b c" } },
	{ "(?x)^[ a b ]$", { "a" }, { " " } },
	{ "(?x)^a\\ b[\\ ]$", { "a b " }, { "ab" } },
	{ "(?x)^a { 2 , 3 } $", { "aa" }, { "a" } },
	{ "(?x)^\\x { 4 1 }\\p { L u }$", { "AA" }, { "A" } },
	{ "(?x: a )^", { TEXT_END }, { "a" } },
	{ "^(?x: a ) $", { "a " }, { "a" } },
	/* As people write them. */
	{ "^[A-Z]{3}-\\d{4}$", { "ABC-1234", "ABC-\u0661\u0662\u0663\u0664" }, { "abc-1234", "ABC-1234\n" } },
	{ "^[a-z0-9]+(?:-[a-z0-9]+)*$", { "a-b", "a1" }, { "a-", "-a", "A" } },
	{ "^\\+?[1-9]\\d{1,14}$", { "+4912345", "12" }, { "0", "+" } },
	{ "^[\\w.+-]+@[\\w-]+\\.[\\w.]+$", { "a.b+c@d-e.fr" }, { "a@b", "@b.c" } },
	{ "^#(?:[0-9a-fA-F]{3}){1,2}$", { "#abc", "#abcdef" }, { "#abcd", "abc" } },
};
/* clang-format on */

static struct buf error;

static void setup(void)
{
	buf_init(&error, 4096);
}

static void teardown(void)
{
	buf_done(&error);
}

static struct pattern *compile(struct str source)
{
	struct pattern *p = pattern_compile(source, &error);

	ck_assert(pattern_check(source, &error));
	ck_assert_msg(p, "\"%.*s\": %.*s", STR_ARGS(source), STR_ARGS(buf_view(&error)));
	return p;
}

START_TEST(a_pattern_matches_what_rust_matches)
{
	const struct row *row = &rows[_i];
	struct pattern *p = compile(str_from(row->pattern));

	for (unsigned i = 0; row->matches[i]; i++)
		ck_assert_msg(pattern_matches(p, str_from(row->matches[i])), "\"%s\" \"%s\"",
			row->pattern, row->matches[i]);
	for (unsigned i = 0; row->others[i]; i++)
		ck_assert_msg(!pattern_matches(p, str_from(row->others[i])), "\"%s\" \"%s\"",
			row->pattern, row->others[i]);
	pattern_free(p);
}
END_TEST

/* Refusals. */

static const struct {
	const char *pattern, *error;
} refusals[] = {
	{ "a(?=b)", "look-ahead and look-behind are not supported, at character 2" },
	{ "(?!b)", "look-ahead and look-behind are not supported, at character 1" },
	{ "(?<=b)", "look-ahead and look-behind are not supported, at character 1" },
	{ "(?<!b)", "look-ahead and look-behind are not supported, at character 1" },
	{ "(a)\\1", "back-references are not supported, at character 4" },
	{ "\\0", "back-references are not supported, at character 1" },
	{ "(?P=n)", "an unknown flag or kind of group, at character 3" },
	{ "(?>a)", "an unknown flag or kind of group, at character 3" },
	{ "(?#c)", "an unknown flag or kind of group, at character 3" },
	{ "(?q)", "an unknown flag or kind of group, at character 3" },
	{ "(?ii)", "a flag twice, at character 4" },
	{ "(?i-i)", "a flag twice, at character 5" },
	{ "(?--i)", "a second - among flags, at character 4" },
	{ "(?i-)", "a - without a flag behind it, at character 5" },
	{ "(?i", "the pattern ends among flags, at character 4" },
	{ "(?", "a group without its closing parenthesis, at character 1" },
	{ "(?)", "a repetition of nothing, at character 1" },
	{ "(a", "a group without its closing parenthesis, at character 1" },
	{ "a)", "a closing parenthesis without a group, at character 2" },
	{ "(?<>a)", "a group with an empty name, at character 4" },
	{ "(?<1>a)", "a character that the name of a group cannot have, at character 4" },
	{ "(?<a-b>a)", "a character that the name of a group cannot have, at character 5" },
	{ "(?<a", "the name of a group without its closing >, at character 4" },
	{ "(?<n>a)(?P<n>b)", "a second group with this name, at character 12" },
	{ "*", "a repetition of nothing, at character 1" },
	{ "a|+", "a repetition of nothing, at character 3" },
	{ "(?i)?", "a repetition of nothing, at character 5" },
	{ "{2}", "a repetition of nothing, at character 1" },
	{ "a{", "a repetition without its closing brace, at character 2" },
	{ "a{2", "a repetition without its closing brace, at character 2" },
	{ "a{2,", "a repetition without its closing brace, at character 2" },
	{ "a{x}", "a repetition without a number, at character 3" },
	{ "a{,3}", "a repetition without a number, at character 3" },
	{ "a{3,2}", "a repetition whose least is above its most, at character 2" },
	{ "a{4294967296}", "the number is too large, at character 3" },
	{ "\\", "the pattern ends in an escape sequence, at character 1" },
	{ "\\Z", "an unknown escape sequence, at character 1" },
	{ "\u00e9\\h", "an unknown escape sequence, at character 2" },
	{ "\\\u00e9", "an unknown escape sequence, at character 1" },
	{ "\\x4", "the pattern ends in an escape sequence, at character 4" },
	{ "\\x4g", "not a hexadecimal digit, at character 4" },
	{ "\\x{}", "no hexadecimal digit between the braces, at character 4" },
	{ "\\x{41", "the pattern ends in an escape sequence, at character 6" },
	{ "\\x{110000}", "not a code point of a character, at character 1" },
	{ "\\x{100000041}", "not a code point of a character, at character 1" },
	{ "\\uD800", "not a code point of a character, at character 1" },
	{ "\\b{", "\\b{ without a closing brace, at character 1" },
	{ "\\b{start", "\\b{ without a closing brace, at character 1" },
	{ "\\b{foo}",
		"\\b takes {start}, {end}, {start-half} and {end-half} only, at character 1" },
	{ "\\p", "the pattern ends in an escape sequence, at character 3" },
	{ "\\p{L", "the pattern ends in an escape sequence, at character 5" },
	{ "\\p\\", "a backslash as the name of a character class, at character 3" },
	{ "a\\p{Foo}", "there is no such Unicode property, at character 2" },
	{ "\\p{^L}", "there is no such Unicode property, at character 1" },
	{ "\\p{sc=Foo}", "there is no such Unicode property, at character 1" },
	{ "\\p{foo=bar}", "there is no such Unicode property, at character 1" },
	{ "\\p{Age=6.0}", "this Unicode property is not supported, at character 1" },
	{ "\\p{word_break=ALetter}", "this Unicode property is not supported, at character 1" },
	{ "[a", "a character class without its closing bracket, at character 3" },
	{ "[]", "a character class without its closing bracket, at character 3" },
	{ "[a-", "a character class without its closing bracket, at character 4" },
	{ "[b-a]", "a range whose start is behind its end, at character 2" },
	{ "[\\d-z]", "a range whose ends are not single characters, at character 2" },
	{ "[a-\\d]", "a range whose ends are not single characters, at character 2" },
	{ "[\\b]", "an assertion in a character class, at character 2" },
	{ "(?-u).", "matches bytes that are not UTF-8, at character 6" },
	{ "(?-u)\\W", "matches bytes that are not UTF-8, at character 6" },
	{ "(?-u)[^a]", "matches bytes that are not UTF-8, at character 6" },
	{ "(?-u)\\xFF", "matches bytes that are not UTF-8, at character 6" },
	{ "(?-u)[\\xFF]", "matches bytes that are not UTF-8, at character 7" },
	{ "(?-u)[\u00e9]", "a character beyond ASCII while the flag u is off, at character 7" },
	{ "(?-u)\\pL", "a Unicode property while the flag u is off, at character 6" },
	{ "a{4294967295}", "the pattern is too large" },
	{ "(((a{100}){100}){100}){100}", "the pattern is too large" },
	{ "\xc3", "the pattern is not UTF-8" },
	{ "\xed\xa0\x80", "the pattern is not UTF-8" },
};

START_TEST(what_is_not_a_pattern_is_refused_by_name)
{
	ck_assert_ptr_null(pattern_compile(str_from(refusals[_i].pattern), &error));
	ck_assert_slice_eq(buf_view(&error), str_from(refusals[_i].error));
	buf_reset(&error, buf_len(&error));
	ck_assert(!pattern_check(str_from(refusals[_i].pattern), &error));
	ck_assert_slice_eq(buf_view(&error), str_from(refusals[_i].error));
}
END_TEST

/* Limits. */

static struct str repeat(
	struct buf *out, const char *begin, const char *part, const char *end, unsigned times)
{
	buf_init(out, 64 << 20);
	buf_str(out, str_from(begin));
	for (unsigned i = 0; i < times; i++)
		buf_str(out, str_from(part));
	buf_str(out, str_from(end));
	ck_assert(!out->failed);
	return buf_view(out);
}

static const struct {
	const char *begin, *part, *end;
	unsigned most; /* 0: none */
} nested[] = {
	{ "", "(", "", 0 },
	{ "", "[", "", 0 },
	{ "a", "*", "", 250 },
	{ "[a", "[b", "", 0 },
	{ "", "(?:a|", "", 0 },
};

START_TEST(deep_nesting_is_refused)
{
	struct buf text;

	struct str source =
		repeat(&text, nested[_i].begin, nested[_i].part, nested[_i].end, 100000);
	ck_assert_ptr_null(pattern_compile(source, &error));
	ck_assert(str_starts(buf_view(&error), STR("nested too deeply, at character ")));
	buf_done(&text);
	if (nested[_i].most > 0) {
		source = repeat(
			&text, nested[_i].begin, nested[_i].part, nested[_i].end, nested[_i].most);
		pattern_free(compile(source));
		buf_done(&text);
	}
}
END_TEST

static const char *const large[] = { "[a-c\\W]", "\\p{L}(?i)", "(?i:[b-y])", "a|", "(?:a{9}){9}",
	"\\b{start}", "[\\x{100}-\\x{200}]?", "ab*" };

START_TEST(a_large_pattern_is_refused_before_it_takes_much_memory)
{
	struct buf text;

	struct str source = repeat(&text, "", large[_i], "", 200000);
	ck_assert_ptr_null(pattern_compile(source, &error));
	ck_assert(str_starts(buf_view(&error), STR("the pattern is too large")));
	buf_done(&text);
}
END_TEST

START_TEST(many_different_sets_are_refused_before_they_take_much_time)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (unsigned c = 0x10000; c < 0x10000 + 40000; c++)
		buf_printf(&text, "[^\\x{%x}]", c);
	ck_assert(!text.failed);
	ck_assert_ptr_null(pattern_compile(buf_view(&text), &error));
	ck_assert_slice_eq(buf_view(&error), STR("the pattern is too large"));
	buf_done(&text);
}
END_TEST

START_TEST(a_pattern_of_a_hundred_thousand_steps_is_compiled)
{
	struct pattern *p = compile(STR("^a{100000}$"));
	struct buf text;

	ck_assert(pattern_matches(p, repeat(&text, "", "a", "", 100000)));
	buf_done(&text);
	ck_assert(!pattern_matches(p, repeat(&text, "", "a", "", 100001)));
	buf_done(&text);
	pattern_free(p);
}
END_TEST

/* Linear time. */

static const struct {
	const char *pattern;
	const char *part, *end; /* of the text: part repeated, or random letters of it, then end */
	bool random, matches;
	unsigned most; /* work for each byte */
} hostile[] = {
	{ "(a+)+$", "a", "!", false, false, 2 },
	{ "(a+)+$", "a", "", false, true, 2 },
	{ "^(a+)+$", "a", "!", false, false, 2 },
	{ "(x+x+)+y", "x", "", false, false, 2 },
	{ ".*.*=.*", "x", "", false, false, 2 },
	{ "[a-z]*1", "a", "", false, false, 2 },
	{ "(?:a?){50}a{50}b", "a", "", false, false, 2 },
	{ "(?:a{0,20}){20}b", "a", "", false, false, 20 },
	{ "(a|aa)+$", "a", "b", false, false, 2 },
	{ "(.*)*,(.*)*;", "ab,", "", false, false, 2 },
	{ "\\b(\\w+\\s?)+\\.$", "\u00e9 ", "", false, false, 2 },
	{ "(?i)(\\pL+\\d*)+-$", "\u03c2", "", false, false, 2 },
	/* More states than the cache holds: each position differs. */
	{ "[ab]*a[ab]{300}c", "ab", "", true, false, 400 },
	{ "(?:a|b|\\b)*a(?:[ab]|\\B){100}c", "ab", "", true, false, 700 },
	{ "a.{200}a.{200}x", "ab", "", true, false, 500 },
};

static struct str hostile_text(struct buf *out, size_t row, size_t length)
{
	const char *part = hostile[row].part;
	uint32_t random = 1;

	buf_init(out, length + 16);
	while (buf_len(out) < length)
		if (hostile[row].random) {
			random = random * 1103515245u + 12345u;
			buf_char(out, part[random >> 16 & 1]);
		} else {
			buf_str(out, str_from(part));
		}
	buf_str(out, str_from(hostile[row].end));
	ck_assert(!out->failed);
	return buf_view(out);
}

static uint64_t work_for(size_t row, size_t length)
{
	struct pattern *p = compile(str_from(hostile[row].pattern));
	struct buf text;

	bool matches = pattern_matches(p, hostile_text(&text, row, length));
	uint64_t work = pattern_work(p);
	buf_done(&text);
	pattern_free(p);
	ck_assert_int_eq(matches, hostile[row].matches);
	return work;
}

START_TEST(the_work_is_linear_in_the_text)
{
	size_t length = hostile[_i].random ? 64 << 10 : 1 << 20;
	uint64_t part = work_for((size_t)_i, length / 16), whole = work_for((size_t)_i, length);

	ck_assert_uint_le(whole, 17 * part);
	ck_assert_uint_le(whole, (uint64_t)hostile[_i].most * length);
}
END_TEST

START_TEST(an_anchored_pattern_does_not_read_on_after_a_mismatch)
{
	struct pattern *p = compile(STR("^[a-z]{1,50}$"));
	struct buf text;

	ck_assert(!pattern_matches(p, repeat(&text, "", "a", "", 1 << 20)));
	ck_assert_uint_le(pattern_work(p), 1000);
	buf_done(&text);
	pattern_free(p);
}
END_TEST

/* The states of one text must not change the answer to another. */
START_TEST(answers_do_not_depend_on_earlier_texts)
{
	struct pattern *used = compile(STR("a[ab]{12}c|\\b{end}b?$"));
	uint32_t random = 7;
	char text[40];

	for (unsigned round = 0; round < 20000; round++) {
		size_t n = 0;
		for (; n < sizeof(text) - 1 && (n == 0 || random >> 16 & 31); n++) {
			random = random * 1103515245u + 12345u;
			text[n] = "aabbc "[(random >> 20) % 6];
		}
		struct str slice = { text, n };
		bool answer = pattern_matches(used, slice);
		if (round % 16 > 0)
			continue;
		struct pattern *fresh = compile(STR("a[ab]{12}c|\\b{end}b?$"));
		ck_assert_int_eq(pattern_matches(fresh, slice), answer);
		pattern_free(fresh);
	}
	pattern_free(used);
}
END_TEST

START_TEST(nul_is_a_character)
{
	struct pattern *p = compile((struct str){ "^a\0b$", 5 });

	ck_assert(pattern_matches(p, (struct str){ "a\0b", 3 }));
	ck_assert(!pattern_matches(p, STR("ab")));
	pattern_free(p);
	pattern_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tcase = tcase_create("pattern");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_pattern_matches_what_rust_matches, 0, NITEMS(rows));
	tcase_add_loop_test(tcase, what_is_not_a_pattern_is_refused_by_name, 0, NITEMS(refusals));
	tcase_add_loop_test(tcase, deep_nesting_is_refused, 0, NITEMS(nested));
	tcase_add_loop_test(
		tcase, a_large_pattern_is_refused_before_it_takes_much_memory, 0, NITEMS(large));
	tcase_add_test(tcase, many_different_sets_are_refused_before_they_take_much_time);
	tcase_add_test(tcase, a_pattern_of_a_hundred_thousand_steps_is_compiled);
	tcase_add_loop_test(tcase, the_work_is_linear_in_the_text, 0, NITEMS(hostile));
	tcase_add_test(tcase, an_anchored_pattern_does_not_read_on_after_a_mismatch);
	tcase_add_test(tcase, answers_do_not_depend_on_earlier_texts);
	tcase_add_test(tcase, nul_is_a_character);
	suite_add_tcase(suite, tcase);
	return suite;
}
