"""Models: the endpoint of the site, a scripted one, a recorded one; and the guard that keeps them on the site.

`noc_agent.models.chat` is not imported here: its libraries are loaded only where a model is asked.
"""

from noc_agent.evidence import Json
from noc_agent.models.cleaned import CleanedModel
from noc_agent.models.guard import Endpoint, check_endpoint, is_on_site, read_endpoint
from noc_agent.models.model import Completion, Message, Model, ModelReplyError, Tell, ToolCall, Usage, not_gpt_oss
from noc_agent.models.scripted import ContinuedModel, RecordedModel, ScriptedModel, replies_in
from noc_agent.models.transcript import without_reasoning

__all__ = [
    "CleanedModel",
    "Completion",
    "ContinuedModel",
    "Endpoint",
    "Json",
    "Message",
    "Model",
    "ModelReplyError",
    "RecordedModel",
    "ScriptedModel",
    "Tell",
    "ToolCall",
    "Usage",
    "check_endpoint",
    "is_on_site",
    "not_gpt_oss",
    "read_endpoint",
    "replies_in",
    "without_reasoning",
]
