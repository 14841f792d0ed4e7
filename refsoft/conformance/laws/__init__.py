"""The laws that results obey, or must not: row sums, symmetries, limits, identities."""

from refsoft.conformance.laws._book import LAWS as LAWS
from refsoft.conformance.laws._decide import Row as Row
from refsoft.conformance.laws._decide import table as table
from refsoft.conformance.laws._judge import Broken as Broken
from refsoft.conformance.laws._judge import judge_laws as judge_laws
from refsoft.conformance.laws._law import Call as Call
from refsoft.conformance.laws._law import Law as Law
