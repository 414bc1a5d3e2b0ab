/* SPDX-License-Identifier: MIT */
/*
 * The kernel's device tree parser, on a blob of exactly its length. If the
 * first byte says so, a header that is right is made for the rest, so that the
 * fuzzer's bytes are the structure. A tree that is accepted is walked from end
 * to end; all that comes out must lie inside of it.
 */
#include "fuzz.h"

#include "kernel/fdt.h"
#include "kernel/fdt_pci.h"

enum { LEN_MAX = 4096, HEADER_LEN = 40, RESERVED_LEN = 32 };

static const char *const props[] = {
	"compatible",	    "reg",	     "ranges",
	"status",	    "phandle",	     "#address-cells",
	"#size-cells",	    "interrupts",    "interrupt-parent",
	"#interrupt-cells", "stdout-path",   "a",
	"bus-range",	    "interrupt-map", "interrupt-map-mask",
	"msi-map",	    "msi-map-mask",  "msi-parent",
};
enum { PROPS = sizeof(props) / sizeof(props[0]) };

/* --- the blob --- */

static void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The names that have a meaning, one behind the other. */
static size_t put_strings(uint8_t *to)
{
	size_t len = 0;

	for (unsigned i = 0; i < PROPS; i++) {
		memcpy(to + len, props[i], strlen(props[i]) + 1);
		len += strlen(props[i]) + 1;
	}
	return len;
}

static uint32_t name_off(unsigned idx)
{
	uint32_t off = 0;

	while (idx--)
		off += (uint32_t)strlen(props[idx]) + 1;
	return off;
}

/* One token of the structure; each takes a few bytes of the input. */
static size_t put_token(struct fuzz_input *in, uint8_t *to, unsigned *depth)
{
	size_t n;

	switch (fuzz_below(in, 8)) {
	case 1:
	case 2:
		put_be32(to, 1);
		n = fuzz_take(in, to + 4, fuzz_below(in, 8));
		to[4 + n] = 0;
		++*depth;
		return 4 + ((strlen((char *)to + 4) + 4) & ~(size_t)3);
	case 3: /* one small number */
		put_be32(to, 3);
		put_be32(to + 4, 4);
		put_be32(to + 8, name_off(fuzz_below(in, PROPS)));
		put_be32(to + 12, fuzz_below(in, 8));
		return 16;
	case 4:
	case 5:
		n = fuzz_below(in, 61);
		put_be32(to, 3);
		/* A length that takes the next offset back to here. */
		put_be32(to + 4, fuzz_below(in, 4) == 1
					 ? UINT32_MAX - fuzz_u8(in)
					 : (uint32_t)n);
		put_be32(to + 8, name_off(fuzz_below(in, PROPS)));
		fuzz_take(in, to + 12, n);
		return (12 + n + 3) & ~(size_t)3;
	case 6:
		put_be32(to, 4);
		return 4;
	case 7:
		put_be32(to, fuzz_u8(in));
		return 4;
	default:
		put_be32(to, 2);
		if (*depth)
			--*depth;
		return 4;
	}
}

static size_t put_structs(struct fuzz_input *in, uint8_t *to, size_t max)
{
	size_t len = 8;
	unsigned depth = 1;

	put_be32(to, 1);
	while (in->left && len + 200 < max)
		len += put_token(in, to + len, &depth);
	for (; depth && depth < 32; depth--, len += 4)
		put_be32(to + len, 2);
	put_be32(to + len, 9);
	return len + 4;
}

/* A tree around the input; returns its length. */
static size_t build(struct fuzz_input *in, uint8_t *blob)
{
	const size_t structs = HEADER_LEN + RESERVED_LEN;
	size_t structs_len, strings, strings_len;

	memset(blob, 0, structs);
	fuzz_take(in, blob + HEADER_LEN, 16);
	structs_len = put_structs(in, blob + structs, LEN_MAX - structs - 300);
	strings = structs + structs_len;
	strings_len = put_strings(blob + strings);
	put_be32(blob, 0xd00dfeed);
	put_be32(blob + 4, (uint32_t)(strings + strings_len));
	put_be32(blob + 8, (uint32_t)structs);
	put_be32(blob + 12, (uint32_t)strings);
	put_be32(blob + 16, HEADER_LEN);
	put_be32(blob + 20, 17);
	put_be32(blob + 24, 16);
	put_be32(blob + 32, (uint32_t)strings_len);
	put_be32(blob + 36, (uint32_t)structs_len);
	return strings + strings_len;
}

/* --- the walk --- */

/* Every byte up to the NUL is the blob's. */
static void check_text(const struct fdt *fdt, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	FUZZ_CHECK(at >= fdt->blob && at < fdt->blob + fdt->len);
	FUZZ_CHECK(memchr(at, 0, (size_t)(fdt->blob + fdt->len - at)));
}

static unsigned check_props(const struct fdt_cursor *at)
{
	const struct fdt *fdt = at->fdt;
	struct fdt_prop prop, found;
	unsigned count = 0;
	bool more = fdt_first_prop(at, &prop);

	for (; more; more = fdt_next_prop(at, &prop)) {
		check_text(fdt, prop.name);
		FUZZ_CHECK(prop.value >= fdt->blob &&
			   prop.value <= fdt->blob + fdt->len);
		FUZZ_CHECK(prop.len <=
			   (size_t)(fdt->blob + fdt->len - prop.value));
		FUZZ_CHECK(fdt_prop(at, prop.name, &found));
		FUZZ_CHECK(!strcmp(found.name, prop.name));
		FUZZ_CHECK(found.value <= prop.value);
		FUZZ_CHECK(++count <= fdt->len / 12);
	}
	return count;
}

/* The entry that was returned lies in the property. */
static void check_entry(const struct fdt_cursor *at, const char *name,
			unsigned idx, uint32_t cells)
{
	struct fdt_prop prop;

	FUZZ_CHECK(fdt_prop(at, name, &prop));
	FUZZ_CHECK(4 * (uint64_t)cells * (idx + 1) <= prop.len);
}

static void check_values(const struct fdt_cursor *at)
{
	uint32_t cells[FDT_IRQ_CELLS + 1];
	uint64_t addr, len;
	int n;

	for (unsigned i = 0; i < PROPS; i++) {
		const char *text = fdt_text(at, props[i]);

		if (text)
			check_text(at->fdt, text);
	}
	for (unsigned i = 0; i < 3; i++) {
		n = fdt_reg(at, i, &addr, &len);
		FUZZ_CHECK(n == 0 || n == LEV_ERR_NODEV ||
			   n == LEV_ERR_NOTSUP || n == LEV_ERR_RANGE);
		if (n == 0)
			check_entry(
				at, "reg", i,
				at->levels[at->depth - 1].address_cells +
					at->levels[at->depth - 1].size_cells);
		cells[FDT_IRQ_CELLS] = 0x5a5a5a5a;
		n = fdt_interrupt(at, i, cells);
		FUZZ_CHECK(n == LEV_ERR_NODEV || (n > 0 && n <= FDT_IRQ_CELLS));
		if (n > 0)
			check_entry(at, "interrupts", i, (uint32_t)n);
		FUZZ_CHECK(cells[FDT_IRQ_CELLS] == 0x5a5a5a5a);
	}
	(void)fdt_is_enabled(at);
}

/* A cell of the property has this value. */
static bool names(const struct fdt_cursor *at, const char *name, uint32_t value)
{
	uint32_t cell;

	for (unsigned i = 0; fdt_cell(at, name, i, &cell); i++)
		if (cell == value)
			return true;
	return false;
}

static uint32_t phandle_of(const struct fdt_cursor *at)
{
	uint32_t phandle;

	FUZZ_CHECK(fdt_cell(at, "phandle", 0, &phandle));
	return phandle;
}

/* What was found is in the property, and whole. */
static void check_interrupt(const struct fdt_cursor *at, uint32_t requester,
			    unsigned pin)
{
	uint32_t cells[FDT_IRQ_CELLS + 1];
	struct fdt_cursor parent;
	uint32_t count;
	int n;

	cells[FDT_IRQ_CELLS] = 0x5a5a5a5a;
	n = fdt_pci_interrupt(at, requester, pin, &parent, cells);
	FUZZ_CHECK(cells[FDT_IRQ_CELLS] == 0x5a5a5a5a);
	FUZZ_CHECK(n == LEV_ERR_NODEV || n == LEV_ERR_INVAL ||
		   n == LEV_ERR_NOTSUP || (n > 0 && n <= FDT_IRQ_CELLS));
	if (n <= 0)
		return;
	FUZZ_CHECK(fdt_cell(&parent, "#interrupt-cells", 0, &count));
	FUZZ_CHECK(count == (uint32_t)n);
	FUZZ_CHECK(names(at, "interrupt-map", phandle_of(&parent)));
	for (int i = 0; i < n; i++)
		FUZZ_CHECK(names(at, "interrupt-map", cells[i]));
}

static void check_messages(const struct fdt_cursor *at, uint32_t requester)
{
	struct fdt_cursor parent;
	struct fdt_prop map;
	uint32_t device;
	int err = fdt_pci_messages(at, requester, &parent, &device);

	FUZZ_CHECK(err == 0 || err == LEV_ERR_NODEV);
	if (err)
		return;
	if (fdt_prop(at, "msi-map", &map))
		FUZZ_CHECK(names(at, "msi-map", phandle_of(&parent)));
	else
		FUZZ_CHECK(device == requester &&
			   names(at, "msi-parent", phandle_of(&parent)));
}

/* Every node may be taken for a host bridge. */
static void check_host(const struct fdt_cursor *at)
{
	struct fdt_pci_range range;
	uint8_t first, last;
	int err = 0;

	for (unsigned i = 0; err == 0 || err == LEV_ERR_RANGE; i++) {
		err = fdt_pci_range(at, i, &range);
		FUZZ_CHECK(err == 0 || err == LEV_ERR_RANGE ||
			   err == LEV_ERR_NODEV || err == LEV_ERR_NOTSUP);
		if (err == 0) {
			check_entry(at, "ranges", i, 3 + 1 + 1);
			FUZZ_CHECK(range.len != 0);
			FUZZ_CHECK(range.bus + (range.len - 1) >= range.bus);
			FUZZ_CHECK(range.cpu + (range.len - 1) >= range.cpu);
		}
	}
	err = fdt_pci_buses(at, &first, &last);
	FUZZ_CHECK(err == LEV_ERR_INVAL || (err == 0 && first <= last));
	for (uint32_t i = 0; i < 4; i++) {
		check_interrupt(at, i << (i + 1), 1 + i);
		check_messages(at, i << (i + 1));
	}
	check_interrupt(at, 0xffff, 1);
	check_messages(at, 0xffff);
}

/* How many nodes there are, by the tokens alone. */
static unsigned count_nodes(const struct fdt *fdt)
{
	const uint8_t *at = fdt->blob + fdt->structs;
	unsigned count = 0;

	for (;;) {
		const uint32_t kind = get_be32(at);

		at += 4;
		if (kind == 9)
			return count;
		if (kind == 1) {
			count++;
			at += (strlen((const char *)at) + 4) & ~(size_t)3;
		} else if (kind == 3) {
			at += (8 + get_be32(at) + 3) & ~3u;
		}
	}
}

static void check_walk(const struct fdt *fdt)
{
	struct fdt_cursor at, copy;
	unsigned nodes = 0;

	fdt_root(fdt, &at);
	do {
		FUZZ_CHECK(++nodes <= fdt->len / 8);
		FUZZ_CHECK(at.depth < FDT_DEPTH);
		FUZZ_CHECK((at.depth == 0) == (nodes == 1));
		check_text(fdt, at.name);
		check_props(&at);
		check_values(&at);
		check_host(&at);
		copy = at;
		if (fdt_next_compatible(&copy, "a"))
			FUZZ_CHECK(fdt_is_enabled(&copy));
	} while (fdt_next(&at));
	FUZZ_CHECK(nodes == count_nodes(fdt));
}

static void check_paths(const struct fdt *fdt)
{
	static const char *const paths[] = { "/",    "/a",	"/a/b",
					     "/a@1", "/chosen", "a//b/" };
	struct fdt_cursor at;

	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (fdt_find(fdt, paths[i], &at))
			check_text(fdt, at.name);
	if (fdt_find_compatible(fdt, "a", &at))
		FUZZ_CHECK(at.depth > 0 && fdt_is_enabled(&at));
}

static void check_reservations(const struct fdt *fdt)
{
	uint64_t addr, len;
	unsigned i = 0;

	while (fdt_reservation(fdt, i, &addr, &len)) {
		FUZZ_CHECK(addr || len);
		FUZZ_CHECK(++i <= fdt->len / 16);
	}
	FUZZ_CHECK(addr == 0 && len == 0);
}

static void check_blob(const uint8_t *blob, size_t len)
{
	struct fdt fdt;
	const int err = fdt_open(&fdt, blob, len);

	if (len >= HEADER_LEN)
		FUZZ_CHECK(fdt_claimed_len(blob) <= FDT_MAX_LEN);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_INVAL || err == LEV_ERR_NOTSUP ||
			   err == LEV_ERR_RANGE);
		return;
	}
	FUZZ_CHECK(fdt.len <= len && fdt.len == get_be32(blob + 4));
	FUZZ_CHECK(fdt_claimed_len(blob) == fdt.len);
	check_walk(&fdt);
	check_paths(&fdt);
	check_reservations(&fdt);
	/* Not with a byte less. */
	FUZZ_CHECK(fdt_open(&fdt, blob, fdt.len - 1) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t built[LEN_MAX];
	struct fuzz_input in = { data, len };
	uint8_t *blob;

	if (fuzz_u8(&in) & 1) {
		len = build(&in, built);
		data = built;
	} else {
		len = in.left;
		data = in.at;
	}
	blob = malloc(len);
	if (!blob && len)
		abort();
	if (len)
		memcpy(blob, data, len);
	check_blob(blob, len);
	free(blob);
	return 0;
}
