#include "base/name_services.h"

#ifdef WWS_STATIC
#include <nss.h>

#include <initializer_list>
#endif

namespace wws::base {

void use_own_name_services() noexcept {
#ifdef WWS_STATIC
  __nss_configure_lookup("hosts", "files dns");
  for (const char* database : {"passwd", "group", "initgroups", "services", "protocols", "networks"})
    __nss_configure_lookup(database, "files");
#endif
}

}  // namespace wws::base
