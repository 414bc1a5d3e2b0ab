/* SPDX-License-Identifier: MIT */
/*
 * dma.c in one translation unit with its caller, as in a build with
 * link-time optimisation: what it copies is seen whatever type it has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "src/core/dma.c"

struct mixed {
	lev_le16 half[2];
	lev_le64 whole[2];
};

/* Only optimisation shows the mistake; the host preset's is enough. */
static uint64_t copied(struct mixed *dst, const void *src)
{
	for (unsigned i = 0; i < 2; i++) {
		dst->half[i] = lev_cpu_to_le16(0);
		dst->whole[i] = lev_cpu_to_le64(0);
	}
	lev_device_read_once(dst, src, sizeof(*dst));
	return lev_le64_to_cpu(dst->whole[0]) + lev_le16_to_cpu(dst->half[1]);
}

static void a_copy_is_seen_as_any_type(void **state)
{
	const struct mixed src = {
		{ { 0 }, lev_cpu_to_le16(2) },
		{ lev_cpu_to_le64(0x1234567800000000), { 0 } },
	};
	uint64_t (*volatile call)(struct mixed *, const void *) = copied;
	struct mixed dst;

	(void)state;
	assert_int_equal(call(&dst, &src), 0x1234567800000002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_seen_as_any_type),
	};

	return cmocka_run_group_tests_name("device_inlined", tests, NULL, NULL);
}
