"""A real network in Linux namespaces: FRR, net-snmp, lldpd, rsyslog and dnsmasq made from a `Plan`, broken on purpose."""
