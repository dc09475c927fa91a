"""The kinds of findings there are, and what each says: the vocabulary of the playbooks' `suspect` and `explains`."""

KINDS = {
    "unreachable": "a device that answered, or should, does not answer SNMP any more",
    "interface_admin_down": "a port that was enabled is administratively down",
    "interface_oper_down": "an enabled port that was up is operationally down",
    "saturated": "a port sends at its own speed",
    "input_errors": "a port receives frames with errors",
    "counter_imbalance": "packets that one end of a link sends never reach the other, and no error counter shows it",
    "parameter_mismatch": "two ends differ in what they must agree on (facts.parameter: mtu, as)",
    "neighbor_lost": "a neighbor that was heard is gone (facts.protocol: ospf, isis, lldp)",
    "neighbor_stuck": "an adjacency that was full stays short of it",
    "session_down": "a BGP session that was established is not",
    "listener_gone": "nobody listens where a service did, or should",
    "probe_loss": "a probe loses packets to its target",
    "agent_fault": "a device's SNMP agent answered in part: what it did not serve is unknown",
    "probe_down": "a probe gets no answer from its target",
}
