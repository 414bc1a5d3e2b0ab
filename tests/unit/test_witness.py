# SPDX-License-Identifier: MIT
"""The comparison with Linux: what QEMU answers, and what is made of it."""
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import linux_guest  # noqa: E402
import witness  # noqa: E402
from machine import MachineError  # noqa: E402
from witness import Answer, Difference, Row  # noqa: E402

INDIRECT = 'VIRTIO_RING_F_INDIRECT_DESC: Indirect descriptors supported'
VERSION_1 = 'VIRTIO_F_VERSION_1: Device compliant for v1 spec (legacy)'
EDID = 'VIRTIO_GPU_F_EDID: EDID metadata supported'
DRIVER_OK = 'VIRTIO_CONFIG_S_DRIVER_OK: Driver setup and ready'
FAILED = 'VIRTIO_CONFIG_S_FAILED: Error in guest, device failed'
# What QEMU 7.2 says of a GPU, shortened.
OFFERED = {'unknown-dev-features': 1 << 40, 'dev-features': [EDID],
           'transports': [INDIRECT, VERSION_1]}
NAMES = {'F_RING_RESET', 'GPU_F_EDID', 'RING_F_INDIRECT_DESC', 'F_VERSION_1'}


def status(*statuses, accepted=()):
    """An answer of x-query-virtio-status."""
    return {'host-features': OFFERED, 'status': {'statuses': list(statuses)},
            'guest-features': {'dev-features': [],
                               'transports': list(accepted)}}


class StandIn:
    """A QMP that knows these answers, by the path of the device."""

    def __init__(self, types, answers):
        self.types = types
        self.answers = answers

    def command(self, name, path=None, **_):
        if name == 'x-query-virtio':
            return [{'name': 'virtio-x', 'path': p} for p in self.types]
        return (self.types if name == 'qom-get' else self.answers)[path]


class Answers(unittest.TestCase):
    def test_features_have_names(self):
        self.assertEqual(witness.features(OFFERED), NAMES)

    def test_a_bit_without_a_name_is_no_less_a_feature(self):
        found = witness.features({'transports': [VERSION_1],
                                  'unknown-dev-features': 1 << 50 | 1})
        self.assertEqual(found, {'F_VERSION_1', 'bit 0', 'bit 50'})

    def test_bit_30_is_a_trap(self):
        found = witness.features({'transports': [
            'VHOST_USER_F_PROTOCOL_FEATURES: Vhost-user protocol features '
            'negotiation supported']})
        self.assertEqual(found, {'F_BAD_FEATURE'})

    def test_only_driver_ok_makes_them_accepted(self):
        self.assertEqual(
            witness.to_answer(status(DRIVER_OK, accepted=[VERSION_1])),
            Answer(NAMES, {'F_VERSION_1'}))
        self.assertEqual(
            witness.to_answer(status(FAILED, accepted=[VERSION_1])),
            Answer(NAMES, None))

    def test_devices_are_told_apart_by_their_type(self):
        answers = {'/a': status(DRIVER_OK), '/b': status()}
        types = {'/a': 'virtio-keyboard-device', '/b': 'virtio-tablet-device'}
        self.assertEqual(witness.ask(StandIn(types, answers)),
                         {'keyboard': answers['/a'], 'tablet': answers['/b']})
        types['/b'] = types['/a']
        with self.assertRaises(MachineError):
            witness.ask(StandIn(types, answers))


def row(device, feature, linux, levitate):
    return Row('mmio', device, feature, linux, levitate)


GPU = row('gpu', 'X', 'accepted', 'declined')
RNG = row('rng', 'X', 'declined', 'accepted')
NET = row('net', 'X', 'declined', 'no driver')
ALIKE = row('gpu', 'Y', 'accepted', 'accepted')
NEITHER = row('gpu', 'Z', 'declined', 'declined')
UNDRIVEN = row('fs', 'X', 'no driver', 'no driver')


class Comparison(unittest.TestCase):
    def test_a_row_for_each_feature_that_is_offered(self):
        linux = {'gpu': Answer({'X', 'Y'}, {'X', 'Y'}),
                 'net': Answer({'X'}, set())}
        levitate = {'gpu': Answer({'X', 'Y'}, {'Y'}),
                    'net': Answer({'X'}, None)}
        self.assertEqual(witness.compare('mmio', linux, levitate),
                         [GPU, ALIKE, NET])

    def test_what_was_offered_must_be_the_same(self):
        one = {'gpu': Answer({'X'}, {'X'})}
        for other in ({}, {'gpu': Answer({'X', 'Y'}, {'X'})}):
            with self.assertRaises(MachineError):
                witness.compare('mmio', one, other)

    def test_differences(self):
        self.assertEqual(
            witness.differences([GPU, RNG, NET, ALIKE, NEITHER, UNDRIVEN]),
            {Difference('gpu', 'X', 'Linux'),
             Difference('rng', 'X', 'Levitate'),
             Difference('net', 'a driver', 'Linux')})

    def test_the_record_is_read_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'record.tsv')
            witness.write_record([GPU, NET], path)
            self.assertEqual(witness.read_record(path), [GPU, NET])

    def test_tables(self):
        lines = witness.tables([GPU, ALIKE, NET])
        self.assertEqual(lines[0], '### mmio')
        self.assertEqual(lines[4:], [
            '| gpu | `X`, `Y` | `X`, `Y` | `Y` | `X` | - |',
            '| net | `X` | - | no driver | `a driver` | - |'])


PAGE = '''Text.
| gpu | `Q` | Linux | of a table before |
## Why
| device | feature | only | why |
|---|---|---|---|
| gpu | `X` | Linux | it can. |
| rng, net | `X` | Levitate | it may. |
'''


class Explanations(unittest.TestCase):
    def test_each_device_of_a_line_is_explained(self):
        self.assertEqual(witness.explained(PAGE), {
            Difference('gpu', 'X', 'Linux'): 'it can.',
            Difference('rng', 'X', 'Levitate'): 'it may.',
            Difference('net', 'X', 'Levitate'): 'it may.'})

    def test_none_twice(self):
        with self.assertRaises(ValueError):
            witness.explained(PAGE + '| net | `X` | Levitate | again |\n')

    def test_too_few_and_too_many(self):
        other = row('net', 'X', 'declined', 'accepted')
        self.assertEqual(witness.complaints([GPU, RNG, other], PAGE), [])
        self.assertEqual(
            witness.complaints([GPU, RNG, NET], PAGE),
            ['not explained: net: only Linux has a driver',
             'explained, but not so: net: only Levitate has X'])

    def test_the_page_fits_its_record(self):
        with open(witness.PAGE, encoding='utf-8') as file:
            page = file.read()
        rows = witness.read_record()
        self.assertGreater(len(rows), 50)
        self.assertEqual(witness.complaints(rows, page), [])
        self.assertIn('\n'.join(witness.tables(rows)), page)


class Modules(unittest.TestCase):
    def test_what_is_needed_comes_first(self):
        files = {'gpu': b'x\0depends=drm-kms,buf\0y', 'drm_kms': b'depends=',
                 'buf': b'\0depends=drm_kms\0', 'net': b'\0depends=\0'}
        names = [name for name, _ in
                 linux_guest.in_order(['net', 'gpu', 'buf'], files.get)]
        self.assertEqual(names, ['net', 'drm_kms', 'buf', 'gpu'])


if __name__ == '__main__':
    unittest.main()
