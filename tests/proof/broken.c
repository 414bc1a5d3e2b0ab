/* SPDX-License-Identifier: MIT */
/*
 * Proofs that are none. The group demands of each that it is refused, and for
 * which reason: that is how the group itself is tested.
 */

void sound(void)
{
	const int i = nondet_int();

	ASSUME(i > 3);
	PROVE(i > 2, "more than two");
	PROOF_SEEN(i == 7, "seven");
	PROOF_END();
}

void vacuous(void)
{
	ASSUME(nondet_int() != nondet_int() && 0);
	PROOF_END();
}

void half_vacuous(void)
{
	const int i = nondet_int();

	ASSUME(i > 3);
	PROOF_SEEN(i == 2, "two");
	PROOF_END();
}

void without_end(void)
{
	PROVE(1, "one");
}

void wrong(void)
{
	PROVE(nondet_int() != 7, "never seven");
	PROOF_END();
}

void outside(void)
{
	unsigned char bytes[4] = { 0 };
	const unsigned i = nondet_unsigned();

	ASSUME(i <= sizeof(bytes));
	bytes[i] = 1;
	PROOF_END();
}

void overflows(void)
{
	int i = nondet_int();

	i++;
	PROOF_END();
}

void unbounded(void)
{
	while (nondet_bool())
		;
	PROOF_END();
}

void missing(void);

void calls_nothing(void)
{
	missing();
	PROOF_END();
}
