/* SPDX-License-Identifier: MIT */
/*
 * Flattened device tree (Devicetree Specification 0.4, chapter 5).
 *
 * The blob is a header, a list of reserved memory, a stream of 32-bit tokens
 * (begin node, property, end node, nothing, end) and a block of property
 * names. fdt_open() follows the stream from end to end with all checks, and
 * so proves that every later walk stays inside of it.
 */
#include "fdt.h"

#include "text.h"

#define MAGIC 0xd00dfeedu

enum {
	HEADER_LEN = 40,
	OLDEST_VERSION = 16, /* 17 added only the struct block's length */
	RESERVATION_LEN = 16,
};

enum {
	TOKEN_BEGIN_NODE = 1,
	TOKEN_END_NODE = 2,
	TOKEN_PROP = 3,
	TOKEN_NOP = 4,
	TOKEN_END = 9,
};

/* Offsets of the header's fields. */
enum {
	AT_MAGIC = 0,
	AT_TOTAL = 4,
	AT_STRUCTS = 8,
	AT_STRINGS = 12,
	AT_RESERVED = 16,
	AT_VERSION = 20,
	AT_COMPATIBLE = 24,
	AT_STRINGS_LEN = 32,
	AT_STRUCTS_LEN = 36,
};

/* What the specification assumes where a parent does not say. */
enum { DEFAULT_ADDRESS_CELLS = 2, DEFAULT_SIZE_CELLS = 1 };

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

/* Does a NUL end the text at off, before the block of len bytes ends? */
static bool text_ends(const uint8_t *block, uint32_t off, uint32_t len)
{
	while (off < len) {
		if (block[off++] == '\0')
			return true;
	}
	return false;
}

/* --- tokens --- */

struct token {
	uint32_t kind;
	uint32_t next; /* offset of what follows */
	const char *name;
	const uint8_t *value;
	uint32_t len;
};

/* The offset of the next token, given that off lies within the block. */
static uint32_t align4(uint32_t off)
{
	return (off + 3) & ~3u;
}

static bool read_begin(const struct fdt *fdt, uint32_t off, struct token *tok)
{
	const uint8_t *block = fdt->blob + fdt->structs;
	uint32_t end = off;

	if (!text_ends(block, off, fdt->structs_len))
		return false;
	while (block[end] != '\0')
		end++;
	tok->name = (const char *)block + off;
	tok->next = align4(end + 1);
	return true;
}

static bool read_prop(const struct fdt *fdt, uint32_t off, struct token *tok)
{
	const uint8_t *block = fdt->blob + fdt->structs;
	uint32_t name;

	if (fdt->structs_len - off < 8)
		return false;
	tok->len = be32(block + off);
	name = be32(block + off + 4);
	off += 8;
	if (tok->len > fdt->structs_len - off || name >= fdt->strings_len)
		return false;
	tok->name = (const char *)fdt->blob + fdt->strings + name;
	tok->value = block + off;
	tok->next = align4(off + tok->len);
	return true;
}

/*
 * Read the token at off with every check but that of a property's name, whose
 * end fdt_open() looks for. False: it does not lie within the block.
 */
static bool read_token(const struct fdt *fdt, uint32_t off, struct token *tok)
{
	if (off > fdt->structs_len || fdt->structs_len - off < 4)
		return false;
	tok->kind = be32(fdt->blob + fdt->structs + off);
	off += 4;
	switch (tok->kind) {
	case TOKEN_BEGIN_NODE:
		return read_begin(fdt, off, tok);
	case TOKEN_PROP:
		return read_prop(fdt, off, tok);
	case TOKEN_END_NODE:
	case TOKEN_NOP:
	case TOKEN_END:
		tok->next = off;
		return true;
	default:
		return false;
	}
}

/* --- opening --- */

static bool block_fits(uint32_t off, uint32_t len, uint32_t total)
{
	return off >= HEADER_LEN && off <= total && len <= total - off;
}

static int read_header(struct fdt *fdt, const uint8_t *blob, size_t max)
{
	if (max < HEADER_LEN || be32(blob + AT_MAGIC) != MAGIC)
		return LEV_ERR_INVAL;
	if (be32(blob + AT_VERSION) < OLDEST_VERSION ||
	    be32(blob + AT_COMPATIBLE) > OLDEST_VERSION + 1)
		return LEV_ERR_NOTSUP;
	fdt->blob = blob;
	fdt->len = be32(blob + AT_TOTAL);
	if (fdt->len > max || fdt->len > FDT_MAX_LEN)
		return LEV_ERR_RANGE;
	fdt->structs = be32(blob + AT_STRUCTS);
	fdt->strings = be32(blob + AT_STRINGS);
	fdt->reserved = be32(blob + AT_RESERVED);
	fdt->strings_len = be32(blob + AT_STRINGS_LEN);
	if (fdt->structs > fdt->len || fdt->structs % 4 != 0)
		return LEV_ERR_INVAL;
	if (be32(blob + AT_VERSION) > OLDEST_VERSION)
		fdt->structs_len = be32(blob + AT_STRUCTS_LEN);
	else
		fdt->structs_len = fdt->len - fdt->structs;
	if (!block_fits(fdt->structs, fdt->structs_len, fdt->len) ||
	    !block_fits(fdt->strings, fdt->strings_len, fdt->len) ||
	    !block_fits(fdt->reserved, RESERVATION_LEN, fdt->len))
		return LEV_ERR_INVAL;
	return 0;
}

/* The list of reservations must end, with an empty one, inside the blob. */
static int check_reservations(const struct fdt *fdt)
{
	uint32_t off = fdt->reserved;

	while (fdt->len - off >= RESERVATION_LEN) {
		if (be64(fdt->blob + off) == 0 &&
		    be64(fdt->blob + off + 8) == 0)
			return 0;
		off += RESERVATION_LEN;
	}
	return LEV_ERR_INVAL;
}

/*
 * How far the walk has come. Properties stand before the children of a node,
 * and all of them inside the one root.
 */
struct walk {
	unsigned depth;
	bool in_props; /* a property may come here */
	bool root_seen;
};

static int check_begin(struct walk *walk)
{
	if (walk->depth == 0 && walk->root_seen)
		return LEV_ERR_INVAL;
	if (walk->depth == FDT_DEPTH)
		return LEV_ERR_RANGE;
	walk->root_seen = true;
	walk->in_props = true;
	walk->depth++;
	return 0;
}

static int check_prop(const struct fdt *fdt, const struct walk *walk,
		      const struct token *tok)
{
	const char *strings = (const char *)fdt->blob + fdt->strings;

	if (!walk->in_props ||
	    !text_ends(fdt->blob + fdt->strings,
		       (uint32_t)(tok->name - strings), fdt->strings_len))
		return LEV_ERR_INVAL;
	return 0;
}

static int check_end(struct walk *walk)
{
	if (walk->depth == 0)
		return LEV_ERR_INVAL;
	walk->in_props = false;
	walk->depth--;
	return 0;
}

static int check_structs(const struct fdt *fdt)
{
	struct walk walk = { 0, false, false };
	struct token tok;
	uint32_t off = 0;
	int err = 0;

	while (err == 0) {
		if (!read_token(fdt, off, &tok))
			return LEV_ERR_INVAL;
		if (tok.kind == TOKEN_END)
			break;
		if (tok.kind == TOKEN_BEGIN_NODE)
			err = check_begin(&walk);
		else if (tok.kind == TOKEN_PROP)
			err = check_prop(fdt, &walk, &tok);
		else if (tok.kind == TOKEN_END_NODE)
			err = check_end(&walk);
		off = tok.next;
	}
	if (err == 0 && (walk.depth != 0 || !walk.root_seen))
		err = LEV_ERR_INVAL;
	return err;
}

int fdt_open(struct fdt *fdt, const void *blob, size_t max)
{
	int err;

	err = read_header(fdt, blob, max);
	if (err == 0)
		err = check_reservations(fdt);
	if (err == 0)
		err = check_structs(fdt);
	return err;
}

uint32_t fdt_claimed_len(const void *header)
{
	const uint8_t *p = header;
	uint32_t len = be32(p + AT_TOTAL);

	if (be32(p + AT_MAGIC) != MAGIC)
		return 0;
	return len < FDT_MAX_LEN ? len : FDT_MAX_LEN;
}

bool fdt_reservation(const struct fdt *fdt, unsigned idx, uint64_t *addr,
		     uint64_t *len)
{
	const uint8_t *entry = fdt->blob + fdt->reserved;

	for (;; entry += RESERVATION_LEN) {
		*addr = be64(entry);
		*len = be64(entry + 8);
		if (*addr == 0 && *len == 0)
			return false;
		if (idx-- == 0)
			return true;
	}
}

/* --- properties --- */

static bool prop_at(const struct fdt_cursor *at, uint32_t off,
		    struct fdt_prop *prop)
{
	struct token tok;

	while (read_token(at->fdt, off, &tok)) {
		if (tok.kind == TOKEN_PROP) {
			prop->name = tok.name;
			prop->value = tok.value;
			prop->len = tok.len;
			prop->next = tok.next;
			return true;
		}
		if (tok.kind != TOKEN_NOP)
			break;
		off = tok.next;
	}
	return false;
}

bool fdt_first_prop(const struct fdt_cursor *at, struct fdt_prop *prop)
{
	return prop_at(at, at->levels[at->depth].off, prop);
}

bool fdt_next_prop(const struct fdt_cursor *at, struct fdt_prop *prop)
{
	return prop_at(at, prop->next, prop);
}

static bool prop_of_level(const struct fdt_cursor *at, unsigned depth,
			  const char *name, struct fdt_prop *prop)
{
	bool more = prop_at(at, at->levels[depth].off, prop);

	while (more) {
		if (text_equal(prop->name, name))
			return true;
		more = prop_at(at, prop->next, prop);
	}
	return false;
}

bool fdt_prop(const struct fdt_cursor *at, const char *name,
	      struct fdt_prop *prop)
{
	return prop_of_level(at, at->depth, name, prop);
}

const char *fdt_text(const struct fdt_cursor *at, const char *name)
{
	struct fdt_prop prop;

	if (!fdt_prop(at, name, &prop) || !text_ends(prop.value, 0, prop.len))
		return NULL;
	return (const char *)prop.value;
}

static bool cell_of_level(const struct fdt_cursor *at, unsigned depth,
			  const char *name, unsigned idx, uint32_t *value)
{
	struct fdt_prop prop;

	if (!prop_of_level(at, depth, name, &prop) || idx >= prop.len / 4)
		return false;
	*value = be32(prop.value + 4 * idx);
	return true;
}

bool fdt_cell(const struct fdt_cursor *at, const char *name, unsigned idx,
	      uint32_t *value)
{
	return cell_of_level(at, at->depth, name, idx, value);
}

/* --- nodes --- */

/* Stand on the node whose content begins at off, at the cursor's depth. */
static void enter(struct fdt_cursor *at, const char *name, uint32_t off)
{
	struct fdt_level *level = &at->levels[at->depth];

	at->name = name;
	level->off = off;
	level->address_cells = DEFAULT_ADDRESS_CELLS;
	level->size_cells = DEFAULT_SIZE_CELLS;
	(void)fdt_cell(at, "#address-cells", 0, &level->address_cells);
	(void)fdt_cell(at, "#size-cells", 0, &level->size_cells);
}

void fdt_root(const struct fdt *fdt, struct fdt_cursor *at)
{
	struct token tok = { .next = 0 };

	do {
		if (!read_token(fdt, tok.next, &tok))
			break; /* an opened tree has a root */
	} while (tok.kind != TOKEN_BEGIN_NODE);
	at->fdt = fdt;
	at->depth = 0;
	enter(at, tok.name, tok.next);
}

bool fdt_next(struct fdt_cursor *at)
{
	uint32_t off = at->levels[at->depth].off;
	unsigned depth = at->depth + 1; /* of a node that would begin here */
	struct token tok;

	while (depth > 0 && read_token(at->fdt, off, &tok)) {
		if (tok.kind == TOKEN_BEGIN_NODE && depth < FDT_DEPTH) {
			at->depth = depth;
			enter(at, tok.name, tok.next);
			return true;
		}
		if (tok.kind == TOKEN_END_NODE)
			depth--;
		off = tok.next;
	}
	return false;
}

/* Is the first part of the path this node's name, with or without '@...'? */
static bool part_names(const char *part, const char *name)
{
	while (*part != '\0' && *part != '/' && *part == *name) {
		part++;
		name++;
	}
	return (*part == '\0' || *part == '/') &&
	       (*name == '\0' || *name == '@');
}

bool fdt_find(const struct fdt *fdt, const char *path, struct fdt_cursor *at)
{
	unsigned depth = 0; /* of the node that is found already */

	fdt_root(fdt, at);
	while (*path == '/')
		path++;
	while (*path != '\0') {
		do {
			if (!fdt_next(at) || at->depth <= depth)
				return false;
		} while (at->depth != depth + 1 || !part_names(path, at->name));
		depth++;
		while (*path != '\0' && *path != '/')
			path++;
		while (*path == '/')
			path++;
	}
	return true;
}

bool fdt_is_compatible(const struct fdt_cursor *at, const char *name)
{
	struct fdt_prop prop;
	uint32_t off = 0;

	if (!fdt_prop(at, "compatible", &prop))
		return false;
	while (text_ends(prop.value, off, prop.len)) {
		if (text_equal((const char *)prop.value + off, name))
			return true;
		while (prop.value[off] != '\0')
			off++;
		off++;
	}
	return false;
}

bool fdt_is_enabled(const struct fdt_cursor *at)
{
	struct fdt_prop prop;
	const char *status;

	if (!fdt_prop(at, "status", &prop))
		return true;
	status = fdt_text(at, "status");
	return status != NULL &&
	       (text_equal(status, "okay") || text_equal(status, "ok"));
}

bool fdt_next_compatible(struct fdt_cursor *at, const char *name)
{
	while (fdt_next(at)) {
		if (fdt_is_compatible(at, name) && fdt_is_enabled(at))
			return true;
	}
	return false;
}

bool fdt_find_compatible(const struct fdt *fdt, const char *name,
			 struct fdt_cursor *at)
{
	fdt_root(fdt, at);
	return fdt_next_compatible(at, name);
}

/* --- addresses --- */

uint64_t fdt_number(const uint8_t *p, uint32_t cells)
{
	if (cells == 0)
		return 0;
	return cells == 1 ? be32(p) : be64(p);
}

/*
 * Take addr, an address on the bus of the node at depth, to the bus of that
 * node's parent. An empty "ranges" forwards everything as it is.
 */
static int translate(const struct fdt_cursor *at, unsigned depth,
		     uint64_t *addr, uint64_t len)
{
	uint32_t child = at->levels[depth].address_cells;
	uint32_t parent = at->levels[depth - 1].address_cells;
	uint32_t size = at->levels[depth].size_cells;
	struct fdt_prop prop;
	uint32_t off;

	if (!prop_of_level(at, depth, "ranges", &prop))
		return LEV_ERR_RANGE;
	if (prop.len == 0)
		return 0;
	if (child > 2 || parent > 2 || size > 2 || child + parent + size == 0)
		return LEV_ERR_NOTSUP;
	for (off = 0; prop.len - off >= 4 * (child + parent + size);
	     off += 4 * (child + parent + size)) {
		const uint8_t *p = prop.value + off;
		uint64_t from = fdt_number(p, child);
		uint64_t to = fdt_number(p + 4 * child, parent);
		uint64_t span = fdt_number(p + 4 * (child + parent), size);

		if (*addr >= from && len <= span &&
		    *addr - from <= span - len) {
			*addr = *addr - from + to;
			return 0;
		}
	}
	return LEV_ERR_RANGE;
}

int fdt_to_cpu(const struct fdt_cursor *at, uint64_t *addr, uint64_t len)
{
	int err = 0;

	for (unsigned depth = at->depth; depth > 1 && err == 0; depth--)
		err = translate(at, depth - 1, addr, len);
	return err;
}

int fdt_reg(const struct fdt_cursor *at, unsigned idx, uint64_t *addr,
	    uint64_t *len)
{
	const struct fdt_level *parent;
	struct fdt_prop prop;
	uint32_t entry;

	if (at->depth == 0 || !fdt_prop(at, "reg", &prop))
		return LEV_ERR_NODEV;
	parent = &at->levels[at->depth - 1];
	if (parent->address_cells > 2 || parent->size_cells > 2)
		return LEV_ERR_NOTSUP;
	entry = 4 * (parent->address_cells + parent->size_cells);
	if (entry == 0 || idx >= prop.len / entry)
		return LEV_ERR_NODEV;
	*addr = fdt_number(prop.value + idx * entry, parent->address_cells);
	*len = fdt_number(prop.value + idx * entry + 4 * parent->address_cells,
			  parent->size_cells);
	return fdt_to_cpu(at, addr, *len);
}

/* --- interrupts --- */

bool fdt_find_phandle(const struct fdt *fdt, uint32_t phandle,
		      struct fdt_cursor *at)
{
	uint32_t value;

	fdt_root(fdt, at);
	do {
		if (fdt_cell(at, "phandle", 0, &value) && value == phandle)
			return true;
	} while (fdt_next(at));
	return false;
}

/* Cells of a specifier, as the nearest interrupt parent upwards counts. */
static uint32_t interrupt_cells(const struct fdt_cursor *at)
{
	struct fdt_cursor parent;
	uint32_t phandle;
	uint32_t cells;
	unsigned depth = at->depth;

	while (!cell_of_level(at, depth, "interrupt-parent", 0, &phandle)) {
		if (depth == 0)
			return 0;
		depth--;
	}
	if (!fdt_find_phandle(at->fdt, phandle, &parent) ||
	    !fdt_cell(&parent, "#interrupt-cells", 0, &cells) ||
	    cells > FDT_IRQ_CELLS)
		return 0;
	return cells;
}

int fdt_interrupt(const struct fdt_cursor *at, unsigned idx,
		  uint32_t cells[FDT_IRQ_CELLS])
{
	struct fdt_prop prop;
	uint32_t count;

	if (!fdt_prop(at, "interrupts", &prop))
		return LEV_ERR_NODEV;
	count = interrupt_cells(at);
	if (count == 0 || idx >= prop.len / (4 * count))
		return LEV_ERR_NODEV;
	for (uint32_t i = 0; i < count; i++)
		cells[i] = be32(prop.value + 4 * (idx * count + i));
	return (int)count;
}
