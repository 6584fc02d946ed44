"""What each operation does, by API and operationId."""

from collections.abc import Mapping

from mock_server.behaviours import aicc, crm
from mock_server.reply import Behaviour

BEHAVIOURS: Mapping[str, Mapping[str, Behaviour]] = {
    "aicc": aicc.BEHAVIOURS,
    "r7office": crm.BEHAVIOURS,
}
