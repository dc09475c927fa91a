"""SR OS."""

from __future__ import annotations

from tests.simulated.messages.message import Message, Table

SROS: Table = {
    "link_down": Message(4, "SNMP-WARNING-linkDown-2004", "[{port}]:  Interface {port} is not operational"),
    "link_up": Message(4, "SNMP-WARNING-linkUp-2005", "[{port}]:  Interface {port} is operational"),
    "port_disabled": Message(4, "SNMP-WARNING-linkDown-2004", "[{port}]:  Interface {port} is not operational"),
    "ospf_down": Message(4, "OSPF-WARNING-tmnxOspfNgNbrStateChange-2047", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Neighbor {rid} on ip-{port} router state changed to down (event {why})"),
    "ospf_up": Message(4, "OSPF-WARNING-tmnxOspfNgNbrStateChange-2047", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Neighbor {rid} on ip-{port} router state changed to full (event LOADING_DONE)"),
    "ospf_area": Message(4, "OSPF-WARNING-tmnxOspfNgIfConfigError-2043", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Conflicting configuration areaMismatch on interface ip-{port} from {peer}"),
    "ospf_hello": Message(4, "OSPF-WARNING-tmnxOspfNgIfConfigError-2043", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Conflicting configuration helloIntervalMismatch on interface ip-{port} from {peer}"),
    "ospf_dead": Message(4, "OSPF-WARNING-tmnxOspfNgIfConfigError-2043", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Conflicting configuration deadIntervalMismatch on interface ip-{port} from {peer}"),
    "ospf_auth": Message(4, "OSPF-WARNING-tmnxOspfNgIfAuthFailure-2045", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Authentication failure authFailure on interface ip-{port} from {peer}"),
    "ospf_mtu": Message(4, "OSPF-WARNING-tmnxOspfNgIfConfigError-2043", "[ospf-v2:0]:  LCL_RTR_ID {own_id}: Conflicting configuration mtuMismatch on interface ip-{port} from {peer}"),
    "bgp_down": Message(4, "BGP-WARNING-tmnxBgpPeerNGBackwardTransition-2039", "Base  [Peer 1: {peer}]:  VR 1: Group core: Peer {peer}: moved from higher state ESTABLISHED to lower state IDLE due to event {why}"),
    "bgp_up": Message(4, "BGP-WARNING-tmnxBgpPeerNGEstablished-2038", "Base  [Peer 1: {peer}]:  VR 1: Group core: Peer {peer}: moved into established state"),
    "bgp_max_prefix": Message(4, "BGP-MAJOR-tmnxBgpPeerNGPfxLimitExceeded-2035", "Base  [Peer 1: {peer}]:  VR 1: Group core: Peer {peer}: number of routes learned has exceeded the configured maximum ({limit})"),
    "boot": Message(5, "SYSTEM-MAJOR-tnmxColdStart-2001", "[Base]:  cold start"),
    "config": Message(5, "USER-MINOR-cli_config_io-2011", "[{user}]:  User from 10.0.0.50: configure"),
    "login": Message(5, "USER-MINOR-ssh_user_login-2009", "[{user}]:  User {user} from 10.0.0.50 logged in"),
}  # fmt: skip
