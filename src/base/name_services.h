#pragma once

namespace wws::base {

/// Looks names of hosts, users and groups up in files (`/etc/hosts`, `/etc/passwd`, `/etc/group`) and in the
/// DNS, and nowhere else, when the executable is static; otherwise does nothing.
///
/// The C library would load what `/etc/nsswitch.conf` names besides (LDAP, mDNS, systemd), and such modules
/// are made for the system's own C library, not for the one in here: they may end the process
/// (docs/adr/0018-static-executable.md). First of all in every process, before there are threads.
void use_own_name_services() noexcept;

}  // namespace wws::base
