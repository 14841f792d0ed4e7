"""The laws that results obey, or must not: row sums, symmetries, limits, identities."""

from refsoft.conformance.laws.book import LAWS as LAWS
from refsoft.conformance.laws.deciding import Row as Row
from refsoft.conformance.laws.deciding import table as table
from refsoft.conformance.laws.judging import Broken as Broken
from refsoft.conformance.laws.judging import Trial as Trial
from refsoft.conformance.laws.judging import judge_laws as judge_laws
from refsoft.conformance.laws.model import Call as Call
from refsoft.conformance.laws.model import Law as Law
from refsoft.conformance.laws.model import Move as Move
