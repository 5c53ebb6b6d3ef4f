#include "folders/wasi_errno.h"

#include <cerrno>

namespace wws::folders {

Errno to_wasi(int system_error) noexcept {
  using enum Errno;
  switch (system_error) {
    case 0:
      return kSuccess;
    case EACCES:
      return kAcces;
    case EAGAIN:
      return kAgain;
    case EBADF:
      return kBadf;
    case EBUSY:
      return kBusy;
    case EDQUOT:
      return kDquot;
    case EEXIST:
      return kExist;
    case EFBIG:
      return kFbig;
    case EINTR:
      return kIntr;
    case EINVAL:
      return kInval;
    case EISDIR:
      return kIsdir;
    case ELOOP:
      return kLoop;
    case EMFILE:
      return kMfile;
    case EMLINK:
      return kMlink;
    case ENAMETOOLONG:
      return kNametoolong;
    case ENFILE:
      return kNfile;
    case ENODEV:
      return kNodev;
    case ENOENT:
      return kNoent;
    case ENOMEM:
      return kNomem;
    case ENOSPC:
      return kNospc;
    case ENOSYS:
      return kNosys;
    case ENOTDIR:
      return kNotdir;
    case ENOTEMPTY:
      return kNotempty;
    case EOPNOTSUPP:
      return kNotsup;
    case ENXIO:
      return kNxio;
    case EOVERFLOW:
      return kOverflow;
    case EPERM:
      return kPerm;
    case EPIPE:
      return kPipe;
    case EROFS:
      return kRofs;
    case ESPIPE:
      return kSpipe;
    case ESTALE:
      return kStale;
    case ETXTBSY:
      return kTxtbsy;
    case EXDEV:
      return kXdev;
    default:
      return kIo;
  }
}

}  // namespace wws::folders
