# What packaging/deb/make has staged, as a package for Debian and Ubuntu. Its variables come from there.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wws)
set(CPACK_PACKAGE_VERSION "$ENV{version}")
set(CPACK_PACKAGE_FILE_NAME "wws")  # of its working folder; the package has the name that Debian wants
set(CPACK_PACKAGE_DIRECTORY "$ENV{work}")
set(CPACK_INSTALLED_DIRECTORIES "$ENV{stage};/")
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_PACKAGE_CONTACT "$ENV{WWS_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "$ENV{WWS_REPOSITORY_URL}")
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "$ENV{architecture}")
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "server that turns JavaScript and WebAssembly files into HTTP endpoints")
set(CPACK_PACKAGE_DESCRIPTION "Wasm Workers Server serves a folder: each worker in it answers at its path, and
each request runs in a fresh sandbox. Workers in JavaScript and TypeScript, as
they are saved, and in C, C++, Go, Rust and Zig, as WebAssembly, use its
key-value store, ask other servers and stream, as far as their configuration
allows.

This package brings the server, a systemd service with socket activation, and
the C and C++ headers for workers.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "$ENV{here}/postinst;$ENV{here}/prerm;$ENV{here}/postrm;$ENV{work}/conffiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
