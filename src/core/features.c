/* SPDX-License-Identifier: MIT */
/*
 * Features are agreed on (VirtIO 2.2, 3.1.1 steps 4 and 5). What is known
 * stands in tables: the ones common to all devices here, a driver's own in
 * its struct lev_driver. See levitate/device.h.
 */
#include "core.h"

#define FEATURE(bit, required)                                                 \
	{                                                                      \
		LEV_F_##bit, required, LEV_NAME(#bit)                          \
	}

/* Features that belong to no device type (chapter 6). */
static const struct lev_feature modern_features[] = {
	FEATURE(INDIRECT_DESC, false),	   FEATURE(EVENT_IDX, false),
	FEATURE(VERSION_1, true),	   FEATURE(ACCESS_PLATFORM, false),
	FEATURE(RING_PACKED, false),	   FEATURE(IN_ORDER, false),
	FEATURE(ORDER_PLATFORM, false),	   FEATURE(NOTIFICATION_DATA, false),
	FEATURE(NOTIF_CONFIG_DATA, false), FEATURE(RING_RESET, false),
};
static const struct lev_feature legacy_features[] = {
	FEATURE(INDIRECT_DESC, false),
	FEATURE(EVENT_IDX, false),
	FEATURE(ANY_LAYOUT, false),
};

/* A table of what is known: the common features, or the driver's own. */
struct feature_table {
	const struct lev_feature *features;
	unsigned count;
};

static struct feature_table common_features(const struct lev_device *dev)
{
	const bool legacy = dev->transport->legacy;
	const struct feature_table table = {
		legacy ? legacy_features : modern_features,
		legacy ? sizeof(legacy_features) / sizeof(legacy_features[0])
		       : sizeof(modern_features) / sizeof(modern_features[0]),
	};

	return table;
}

static struct feature_table driver_features(const struct lev_device *dev)
{
	const struct feature_table table = { dev->driver->features,
					     dev->driver->feature_count };

	return table;
}

/* --- names --- */

static const char *feature_name(struct feature_table t, unsigned bit)
{
	for (unsigned i = 0; i < t.count; i++)
		if (t.features[i].bit == bit)
			return t.features[i].name;
	return NULL;
}

const char *lev_device_feature_name(const struct lev_device *dev, unsigned bit)
{
	const char *name = feature_name(common_features(dev), bit);

	return name ? name : feature_name(driver_features(dev), bit);
}

static void log_features(const struct lev_device *dev, const char *what,
			 const struct lev_features *f)
{
	const unsigned long long high = (uint64_t)f->word[3] << 32 | f->word[2];

	lev_device_log(dev, "%s 0x%llx", what,
		       (unsigned long long)f->word[1] << 32 | f->word[0]);
	if (high)
		lev_device_log(dev, "%s above bit 63: 0x%llx", what, high);
}

/* --- the choice --- */

/*
 * Feature words that mean something to us. A word that no driver knows is not
 * touched: some devices show the last one they have in its place. Legacy
 * devices have one.
 */
static unsigned words_known(const struct lev_device *dev)
{
	const struct feature_table own = driver_features(dev);
	unsigned words = 2;

	if (dev->transport->legacy)
		return 1;
	for (unsigned i = 0; i < own.count; i++)
		if (own.features[i].bit / 32u >= words)
			words = own.features[i].bit / 32u + 1;
	LEV_ASSERT(words <= LEV_FEATURE_WORDS);
	return words;
}

/* Add to chosen what a table, the device and the caller agree on. */
static void choose_features(const struct lev_device *dev,
			    struct feature_table t, struct lev_features *chosen)
{
	for (unsigned i = 0; i < t.count; i++) {
		const unsigned bit = t.features[i].bit;

		if (lev_features_has(&dev->offered, bit) &&
		    !lev_features_has(&dev->transport->refused, bit))
			lev_features_set(chosen, bit);
	}
}

static bool rule_holds(const struct lev_features *chosen,
		       const struct lev_feature_rule *rule)
{
	for (unsigned i = 0; i < rule->count; i++)
		if (lev_features_has(chosen, rule->any_of[i]))
			return true;
	return !lev_features_has(chosen, rule->bit);
}

/*
 * A feature goes when none of those it stands on is there. That may pull the
 * ground from under another: once more over the rules for each that can go.
 */
static void drop_dependent(const struct lev_driver *driver,
			   struct lev_features *chosen)
{
	for (unsigned n = 0; n < driver->rule_count; n++)
		for (unsigned i = 0; i < driver->rule_count; i++)
			if (!rule_holds(chosen, &driver->rules[i]))
				lev_features_clear(chosen,
						   driver->rules[i].bit);
}

static int check_required(const struct lev_device *dev, struct feature_table t,
			  const struct lev_features *chosen)
{
	for (unsigned i = 0; i < t.count; i++) {
		const struct lev_feature *f = &t.features[i];

		if (!f->required || lev_features_has(chosen, f->bit))
			continue;
		lev_device_log(dev, "feature %s (%u) is needed and not there",
			       f->name, f->bit);
		return LEV_ERR_NOTSUP;
	}
	return 0;
}

int lev_device_negotiate(struct lev_device *dev)
{
	struct lev_transport *t = dev->transport;
	const unsigned words = words_known(dev);
	struct lev_features chosen = { { 0 } };
	int err;

	dev->offered = chosen;
	for (unsigned i = 0; i < words; i++)
		dev->offered.word[i] = t->ops->features_read(t, i);
	log_features(dev, "offered", &dev->offered);
	choose_features(dev, common_features(dev), &chosen);
	choose_features(dev, driver_features(dev), &chosen);
	if (!t->ops->queue_reset)
		lev_features_clear(&chosen, LEV_F_RING_RESET);
	if (!t->notif_config)
		lev_features_clear(&chosen, LEV_F_NOTIF_CONFIG_DATA);
	drop_dependent(dev->driver, &chosen);
	err = check_required(dev, common_features(dev), &chosen);
	if (!err)
		err = check_required(dev, driver_features(dev), &chosen);
	if (err)
		return err;
	if (dev->negotiated &&
	    __builtin_memcmp(&chosen, &dev->accepted, sizeof(chosen))) {
		lev_device_log(dev, "features changed over a reset");
		return LEV_ERR_PROTO;
	}
	for (unsigned i = 0; i < words; i++)
		t->ops->features_write(t, i, chosen.word[i]);
	dev->accepted = chosen;
	dev->negotiated = true;
	if (lev_features_has(&chosen, LEV_F_ACCESS_PLATFORM))
		dev->dma_flags = LEV_DMA_PLATFORM;
	log_features(dev, "accepted", &chosen);
	return 0;
}
