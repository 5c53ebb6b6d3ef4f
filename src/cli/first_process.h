// The first process of a container.
#pragma once

namespace wws::cli {

/// Where this process is the first of its PID namespace (as in a container), goes on in a child of it, and
/// leaves behind a process that does no more than a first one has to: it passes signals on, of which the
/// kernel gives a first process only those that it handles; it waits for whatever processes it inherits; and
/// it ends with the child, as the child did. Elsewhere, or when no process can be made, returns at once and
/// changes nothing. To be called before there are threads.
void leave_first_process();

}  // namespace wws::cli
