"""What each operation does, by API and operationId."""

from collections.abc import Mapping

from mock_server.behaviours import aicc, crm, egain
from mock_server.reply import Behaviour

BEHAVIOURS: Mapping[str, Mapping[str, Behaviour]] = {
    "aicc": aicc.BEHAVIOURS,
    "egain": egain.BEHAVIOURS,
    "onlyoffice": crm.ONLYOFFICE,
    "r7office": crm.R7OFFICE,
}
