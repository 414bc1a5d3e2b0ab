/* SPDX-License-Identifier: MIT */
#include "pci_rig.h"

enum { CASES_MAX = 64, NAME_LEN = 128, BYTES = 64 };

static const uint64_t PATIENCE = UINT64_C(20000000000); /* ns */

/* --- machines --- */

/* The major version of the QEMU that has virt. */
static unsigned qemu_release(void)
{
	struct lev_qtest *qt = lev_qtest_open(
		&(struct lev_qtest_config){ .machine = LEV_QTEST_VIRT });
	const char *version, *major;
	unsigned release = 0;

	if (qt && lev_qtest_qmp(qt, "query-version", NULL, &version) == 0) {
		major = strstr(version, "\"major\": ");
		if (major)
			release = (unsigned)strtoul(major + 9, NULL, 10);
	}
	if (!release || lev_qtest_close(qt, stderr))
		exit(1); /* it has said why */
	return release;
}

static bool left_out(const struct pci_test *test,
		     enum lev_qtest_machine machine)
{
	if (machine == LEV_QTEST_Q35)
		return test->not_on & NOT_ON_Q35;
	return test->not_on & NOT_ON_VIRT_OF_10 && qemu_release() >= 10;
}

int pci_run(const struct pci_test *tests, unsigned count)
{
	static enum lev_qtest_machine machines[] = { LEV_QTEST_VIRT,
						     LEV_QTEST_Q35 };
	static const char *const names[] = { "virt", "q35" };
	static struct CMUnitTest cases[CASES_MAX];
	static char texts[CASES_MAX][NAME_LEN];
	size_t n = 0;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned m = 0; m < 2; m++) {
			if (left_out(&tests[i], machines[m]))
				continue;
			assert_true(n < CASES_MAX);
			snprintf(texts[n], NAME_LEN, "%s (%s)", tests[i].name,
				 names[m]);
			cases[n].name = texts[n];
			cases[n].test_func = tests[i].run;
			cases[n].teardown_func = rig_close_left_open;
			cases[n++].initial_state = &machines[m];
		}
	}
	return _cmocka_run_group_tests("qtest", cases, n, NULL, NULL);
}

static void on_function(void *ctx, const struct lev_pci_function *function)
{
	struct board *b = ctx;

	assert_true(b->count < BOARD_MAX);
	b->found[b->count++] = *function;
}

void board_scan(struct board *b)
{
	int count;

	b->count = 0;
	count = lev_pci_scan(&b->host, on_function, b);
	assert_int_equal(count, b->count);
}

void board_start(struct board *b, void **state,
		 const struct lev_qtest_config *config)
{
	struct lev_qtest_config mine = *config;

	memset(b, 0, sizeof(*b));
	b->machine = *(const enum lev_qtest_machine *)*state;
	mine.machine = b->machine;
	b->qt = rig_start(&mine);
	lev_qtest_pci_host(b->qt, &b->host);
}

void board_open(struct board *b, void **state, const char *const *devices)
{
	board_start(b, state, &(struct lev_qtest_config){ .pci = devices });
	board_scan(b);
}

void board_close(struct board *b)
{
	assert_int_equal(lev_qtest_blocks(b->qt), 0);
	rig_close(b->qt);
}

/* --- functions --- */

const struct lev_pci_function *board_at(const struct board *b, uint16_t addr)
{
	const struct lev_pci_function *function = NULL;

	for (unsigned i = 0; i < b->count; i++)
		if (b->found[i].addr == addr)
			function = &b->found[i];
	assert_non_null(function);
	return function;
}

void board_probe(struct board *b, struct lev_pci *pci, uint16_t addr,
		 uint32_t device_id)
{
	(void)board_at(b, addr);
	memset(pci, 0, sizeof(*pci));
	assert_int_equal(lev_pci_probe(pci, &b->host, addr), 0);
	assert_int_equal(pci->transport.device_id, device_id);
}

unsigned board_command(const struct board *b, uint16_t addr)
{
	return lev_pci_config_read(&b->host, addr, LEV_PCI_CFG_COMMAND, 2);
}

uint64_t board_deadline(const struct board *b)
{
	return b->host.hal->ops->now(b->host.hal->ctx) + PATIENCE;
}

void board_messages(const struct board *b, unsigned first,
		    struct lev_pci_message *messages, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		lev_qtest_message(b->qt, first + i, &messages[i]);
}

/* --- random bytes --- */

void board_rng_works(struct board *b, struct lev_rng *rng)
{
	uint8_t first[BYTES] = { 0 }, second[BYTES] = { 0 };

	assert_int_equal(lev_rng_read(rng, first, BYTES, board_deadline(b)), 0);
	assert_int_equal(lev_rng_read(rng, second, BYTES, board_deadline(b)),
			 0);
	assert_memory_not_equal(first, second, BYTES);
	/* What nobody wrote is zero, in a long row. */
	for (unsigned i = 0; i < BYTES; i += 16)
		assert_memory_not_equal(first + i, (uint8_t[16]){ 0 }, 16);
}

void board_try_rng(struct board *b, uint16_t addr)
{
	struct lev_pci pci;
	struct lev_rng rng;

	memset(&rng, 0, sizeof(rng));
	board_probe(b, &pci, addr, LEV_ID_RNG);
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	board_rng_works(b, &rng);
	assert_int_equal(lev_rng_fini(&rng), 0);
}
