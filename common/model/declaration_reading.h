/* For the modules of the reader of declarations: what they share, and how they report errors. */
#ifndef POSTERN_DECLARATION_READING_H
#define POSTERN_DECLARATION_READING_H

#include "arena.h"
#include "declaration.h"
#include "json.h"
#include "region.h"

/* A member of the declaration, or an item of one of its arrays. */
struct spot {
	const struct spot *in; /* the object or array that has it; NULL: this is the whole text */
	struct str name;
	const struct json *key;   /* NULL for an item */
	const struct json *value; /* NULL: a member that is not there */
};

/* The schemas that a resource has without declaring them, as far as they are used. */
enum default_schema {
	DEFAULT_CREATE,
	DEFAULT_UPDATE,
	DEFAULT_RESPONSE,
	DEFAULT_TREE,
	DEFAULT__COUNT,
	DEFAULT_NONE = DEFAULT__COUNT
};

enum { DEFAULT_OPERATIONS = ACTION_DELETE + 1 }; /* those of a resource that declares none */

/* A resource that is being read. */
struct draft {
	struct resource *resource;
	const struct spot *spot;
	struct field key;                /* the column of the key */
	struct field *fields;            /* those of resource */
	const struct spot **field_spots; /* by field; NULL for id and the parent's key */
	struct draft *parent;
	enum on_delete on_delete;     /* of a row of the parent */
	struct operation *operations; /* in their order; NULL: the default ones */
	unsigned noperations;
	const struct spot **operation_spots;           /* names, or objects with the words */
	struct schema *schemas;                        /* those of resource */
	unsigned nschemas;                             /* of these the declared ones */
	const struct spot **schema_spots;              /* of the declared ones */
	const struct schema *defaults[DEFAULT__COUNT]; /* NULL: not needed so far */
	bool placed;                                   /* in api->resources */
	bool has_number;
};

/* A reference, whose resource is found when all are read. */
struct draft_reference {
	struct field *field;
	const struct spot *to;
	struct draft_reference *next;
};

/* A named enum, which several fields may use. */
struct draft_enum {
	struct str name;
	const struct spot *spot;
	const struct choices *choices;
	struct draft_enum *next;
};

/* Checks a pattern. Returns false with what is wrong and where, in one line without a newline. */
typedef bool pattern_checker(struct str pattern, struct buf *error);

struct reading {
	struct arena *arena;   /* until the end of the reading */
	struct region *region; /* of the API */
	struct str text;       /* decoded */
	const struct json *root;
	const char *file;
	struct buf *error;
	bool canonical;
	pattern_checker *check_pattern; /* NULL: patterns are not checked */
	struct api *api;
	const struct spot **constant_spots; /* of api->constants */
	struct draft *drafts;               /* in the order of the text */
	struct draft **placed;              /* in that of api->resources */
	unsigned ndrafts;
	struct draft_reference *references;
	struct draft_enum *enums; /* the newest first */
};

/* The whole text: what declaration_read and declaration_read_canonical do. */
struct api *reading_whole(struct str text, const char *file, struct buf *error, bool canonical,
	pattern_checker *check_pattern);

/* Members. */

/* The spot of a member of an object, which may be missing. */
struct spot spot_member(const struct spot *object, const char *name);

/* The spot of a member or item that is there, in the arena. */
const struct spot *spot_child(struct reading *r, const struct spot *in, struct str name,
	const struct json *key, const struct json *value);

/* The spot of item n of an array, in the arena. */
const struct spot *spot_item(
	struct reading *r, const struct spot *array, unsigned n, const struct json *item);

/* Errors: each function appends the one line and returns false. */

/* At an offset in the text. */
__attribute__((format(printf, 3, 4))) bool reading_refuse_at(
	struct reading *r, size_t offset, const char *format, ...);

/* At the spot's value; if it is missing, at the object that should have it. */
__attribute__((format(printf, 3, 4))) bool reading_refuse(
	struct reading *r, const struct spot *spot, const char *format, ...);

/* The same with what was found there: "found true; " before the message. */
__attribute__((format(printf, 3, 4))) bool reading_refuse_found(
	struct reading *r, const struct spot *spot, const char *format, ...);

/* At a word of an object, which another word contradicts. */
bool reading_refuse_pair(
	struct reading *r, const struct spot *object, const char *word, const char *other);

/* A word that is none of a list, separated by ", ", which is at the spot's key or its value. Offers
 * the most similar one. */
bool reading_refuse_key(struct reading *r, const struct spot *spot, struct str allowed);
bool reading_refuse_word(struct reading *r, const struct spot *spot, struct str allowed);

/* At the spot's key. */
__attribute__((format(printf, 3, 4))) bool reading_refuse_name(
	struct reading *r, const struct spot *spot, const char *format, ...);

/* Values that many words have. Each returns false after it has appended an error. */

bool reading_bool(struct reading *r, const struct spot *spot, bool *value);
bool reading_text(struct reading *r, const struct spot *spot, struct str *text);
bool reading_name(struct reading *r, const struct spot *spot, const char **name);
bool reading_count(
	struct reading *r, const struct spot *spot, uint32_t least, uint32_t most, uint32_t *value);
bool reading_int64(struct reading *r, const struct spot *spot, int64_t *value);
bool reading_object(struct reading *r, const struct spot *spot);
/* A bound of integers, or null: none. */
bool reading_limit(struct reading *r, const struct spot *spot, struct limit *limit);

/* A string without control characters; one with line breaks, too. In the region. */
bool reading_line(struct reading *r, const struct spot *spot, const char **line);
bool reading_lines(struct reading *r, const struct spot *spot, const char **lines);

/* An array of strings, in the region. */
bool reading_tags(
	struct reading *r, const struct spot *spot, const char *const **tags, unsigned *ntags);

/* Any JSON as an answer has it, and an object as it is, as text in the region. */
const char *reading_json(struct reading *r, const struct spot *spot);
bool reading_json_object(struct reading *r, const struct spot *spot, const char **text);

/* Moves a text from a buffer into the region, and frees the buffer. Aborts if the buffer failed: it
 * has no limit that a text reaches, so memory is out. */
struct str reading_keep(struct reading *r, struct buf *text);

/* A member that must be there. */
bool reading_has(struct reading *r, const struct spot *object, const char *word);

/* "cascade", "restrict" or "set_null". */
bool reading_on_delete(struct reading *r, const struct spot *spot, enum on_delete *on_delete);

/* The key of a member, as a name. */
bool reading_key_name(struct reading *r, const struct spot *spot, const char **name);

/* The parts of the reader. */

/* A resource: all but what links it to others. */
bool declaration_read_resource(struct reading *r, const struct spot *spot, struct draft *draft);

/* The words of one kind of failure: their status unless it is declared, and the placeholders that
 * their text may have. */
struct failure_words {
	const char *name;
	int status;
	struct str placeholders;
};

extern const struct failure_words declaration_not_found, declaration_conflict, declaration_in_use;

bool declaration_read_failure(struct reading *r, const struct spot *spot,
	const struct failure_words *failure, struct words *words);

/* `parent_field`, into the field that has the parent's key. */
bool declaration_read_parent_field(struct reading *r, const struct spot *spot, struct field *f);

/* The key of a resource that has a name: first the defaults, then what `key` says of it. */
void declaration_begin_key(struct reading *r, struct draft *draft);
bool declaration_read_key(struct reading *r, const struct spot *spot, struct draft *draft);

/* "integer" or "uuid". */
struct str declaration_key_type_name(enum field_type type);

/* The type that a value names. Returns false if it names none, or is NULL. */
bool declaration_find_key_type(const struct json *value, enum field_type *type);

/* The type of the key of the resource with this name; FIELD_INT if there is none. */
enum field_type declaration_key_type(const struct reading *r, struct str resource);

/* The field for the key of a parent with this name. */
struct field declaration_parent_key(struct reading *r, struct str parent);

/* A path: segments of letters, digits and other characters that need no encoding, of which at most
 * one is a parameter, "{user_id}". In the region, after the prefix. */
bool declaration_read_path(struct reading *r, const struct spot *spot, const char *prefix,
	unsigned parameters, const char **path);

/* `prefix`: like a path without parameters, but without a slash at its end. */
bool declaration_read_prefix(struct reading *r, const struct spot *spot, const char **prefix);

/* `home` and `constants`, each may be missing. */
bool declaration_read_constants(struct reading *r, const struct spot *top);

/* `list` of all resources, where it is. After declaration_link. */
bool declaration_read_lists(struct reading *r);

/* `operations` of a resource. */
bool declaration_read_operations(struct reading *r, const struct spot *spot, struct draft *draft);

/* A field of a resource (column), or the items of an array; the field is zeroed. */
bool declaration_read_field(
	struct reading *r, const struct spot *spot, struct field *f, bool column);

/* True if the words of a field say that it is a reference: its `to` is set by declaration_link. */
bool declaration_is_reference(const struct spot *spot);

/* A field of type LINKS: first what does not depend on other resources, then what it links. */
bool declaration_begin_links(struct reading *r, const struct spot *spot, struct field *f);
bool declaration_read_links(struct reading *r);

/* Sets the field of an operation that links or unlinks rows; its name is "link:FIELD". */
bool declaration_find_links(
	struct reading *r, const struct spot *spot, const struct draft *draft, struct operation *o);

/* One of the words that bound a field's values: those of items of arrays but `type`, and none of
 * choices. `further`: words that the caller reads, for the message that there is no such word. */
bool declaration_read_bound(
	struct reading *r, const struct spot *spot, struct field *f, struct str further);

/* A field as a member of a schema has it, in the region. */
bool declaration_override_field(struct reading *r, const struct spot *spot,
	const struct field *field, const struct field **ret);

/* `default` of a field, or of a member; it may be missing. */
bool declaration_read_default(struct reading *r, const struct spot *spot, struct field *f);

/* What the words of a field say together. Also reads its default. */
bool declaration_check_field(
	struct reading *r, const struct spot *spot, struct field *f, bool column);

/* Refuses bounds that contradict each other. */
bool declaration_check_bounds(struct reading *r, const struct spot *spot, const struct field *f);

/* `literal` or `enum`, by the field's type. */
bool declaration_read_choices(struct reading *r, const struct spot *spot, struct field *f);

/* The value of a field in the form in which it is shown, within its bounds; not null. */
bool declaration_read_value(
	struct reading *r, const struct spot *spot, const struct field *f, struct value *value);

/* Checks a value of the field's type against the field's bounds. */
bool declaration_check_value(struct reading *r, const struct spot *spot, const struct field *f,
	const struct value *value);

/* The resource that the value at a spot, a string or not, names; NULL if that is refused. */
struct draft *declaration_find_resource(struct reading *r, const struct spot *spot);

/* Finds parents and references. */
bool declaration_link(struct reading *r);

/* Refuses names that clash. */
bool declaration_check_names(struct reading *r);

/* Refuses paths that are never answered as declared. */
bool declaration_check_paths(struct reading *r);

/* Puts the resources in order, numbers them and derives the members that are derived. */
bool declaration_arrange(struct reading *r);

/* Reads schemas and the words of operations, and sets what the declaration leaves out of them.
 * After declaration_arrange. */
bool declaration_complete(struct reading *r);

/* Reads the names of the schemas of a resource, then the members of all resources' schemas. */
bool declaration_name_schemas(struct reading *r, struct draft *draft);
bool declaration_fill_schemas(struct reading *r, struct draft *draft);

/* Refuses schemas that show themselves, or that nothing uses. */
bool declaration_check_schemas(struct reading *r);

/* The schema of a resource that the value at a spot names. */
bool declaration_find_schema(struct reading *r, const struct spot *spot, struct draft *draft,
	const struct schema **schema);

/* A default schema, or the declared one of the same name. Its name is in the arena. */
const struct schema *declaration_default_schema(
	struct reading *r, struct draft *draft, enum default_schema which);
struct str declaration_default_schema_name(
	struct reading *r, const struct resource *resource, enum default_schema which);

/* The words of an operation and what they leave out. The spot is that of its name, or of its words;
 * NULL: the declaration does not name it. */
bool declaration_complete_operation(
	struct reading *r, struct draft *draft, struct operation *o, const struct spot *spot);

/* The operations of a resource that declares none; and whether it might have declared none. */
void declaration_add_operations(struct reading *r, struct draft *draft);
bool declaration_has_default_operations(const struct resource *r);

/* What an operation has if the declaration does not say so. Texts are in the region. */
const char *declaration_default_path(struct reading *r, const struct operation *o);
const char *declaration_default_name(struct reading *r, const struct operation *o);
enum default_schema declaration_default_body(const struct operation *o);
enum default_schema declaration_default_answer(const struct operation *o);

/* True if clients say in paths, not in bodies, which row is the parent. */
bool declaration_parent_in_path(const struct resource *resource);

/* Refuses a text with placeholders, "{id}", that are none of a list, separated by ", ". */
bool declaration_check_placeholders(
	struct reading *r, const struct spot *spot, struct str text, struct str allowed);

/* The next child of r that is embedded after the given one; the first after NULL. NULL: none. */
const struct resource *declaration_next_embedded(
	const struct resource *r, const struct resource *after);

/* "blog_post" → "BlogPost". */
struct str declaration_camel_case(struct arena *arena, const char *name);

/* The values, separated by ", ", for a message. */
struct str declaration_list_choices(struct reading *r, const struct choices *choices);

/* Writing. */

const char *declaration_on_delete_word(enum on_delete on_delete);

/* With the numbers that the resources are to have; NULL: without numbers. */
void declaration_write_numbered(struct buf *out, const struct api *a, const unsigned *numbers);

/* Derives from the members of all schemas, and the embeds of the API, what rows are shown as. */
void declaration_derive_shapes(struct reading *r);

void declaration_write_key(struct buf *out, const char *indent, const struct resource *r);
/* Nothing if the key is as without the word. */
void declaration_write_key_briefly(struct buf *out, const struct resource *r);

/* The words of an object that is being written. */
struct words_out {
	struct buf *out;
	struct str comma; /* before the next word */
};

void declaration_begin_word(struct words_out *w, const char *word);
void declaration_write_text(struct words_out *w, const char *word, const char *text);
void declaration_write_json(struct words_out *w, const char *word, const char *json);
void declaration_write_tags(
	struct words_out *w, const char *word, const char *const *tags, unsigned ntags);

/* False if all of it is the default. */
bool declaration_has_failure(const struct failure_words *failure, const struct words *words);
void declaration_write_failure(
	struct buf *out, const struct failure_words *failure, const struct words *words);
void declaration_write_failures(struct buf *out, const char *indent, const struct resource *r);

/* Nothing if it says what its absence says. */
void declaration_write_parent_field(struct buf *out, const char *indent, const struct resource *r);

/* `path`, `tags`: what the names of the resource do not say, each with a comma after it. */
void declaration_write_place(
	struct buf *out, const char *indent, const struct api *a, const struct resource *r);
/* The words at the top that title, version and resources leave. */
void declaration_write_top(struct buf *out, const char *indent, const struct api *a);
void declaration_write_constants(struct buf *out, const char *indent, const struct api *a);
void declaration_write_list(struct buf *out, const char *indent, const struct resource *r);
void declaration_write_operations(
	struct buf *out, const char *indent, const struct api *a, const struct resource *r);
void declaration_write_operation(struct buf *out, const struct api *a, const struct operation *o);
/* The words of a member that its field, the second one, has not. */
void declaration_write_override(struct buf *out, const struct field *f, const struct field *field);
void declaration_write_schemas(struct buf *out, const char *indent, const struct resource *r);
void declaration_write_field(struct buf *out, const struct field *f, bool column);
/* A column, without the words whose absence says the same. */
void declaration_write_field_briefly(struct buf *out, const struct field *f);
/* The words of its bounds, each after a comma, without those whose absence says the same. */
void declaration_write_bounds(struct buf *out, const struct field *f);
/* Its notes, in the same way. */
void declaration_write_notes(struct buf *out, const struct field *f);
void declaration_write_choices(struct buf *out, const struct field *f);

#endif
