"""conanfile.py - libln for Conan 2"""
import os

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, get, rmdir

required_conan_version = ">=2.0"


class Libln(ConanFile):
    name = "libln"
    version = "@VERSION@"
    description = "Layer normalization of rows with the same bits everywhere"
    license = "MIT"
    homepage = "@HOMEPAGE@"
    topics = ("layernorm", "rmsnorm", "simd")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False], "portable": [True, False], "tools": [True, False]}
    default_options = {"shared": False, "fPIC": True, "portable": True, "tools": False}
    implements = ["auto_shared_fpic"]
    languages = ["C"]

    def layout(self):
        cmake_layout(self, src_folder="src")

    def requirements(self):
        if self.options.portable:  # its kernels are written in another CPU's intrinsics: headers alone, and gone once it is built
            self.requires("simde/[>=0.7.4]", visible=False)

    def source(self):
        get(self, "@ARCHIVE@", sha256="@SHA256@", strip_root=True)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["LN_USE_CPUINFO"] = "OFF"
        toolchain.cache_variables["LN_BUILD_TESTS"] = False
        toolchain.cache_variables["LN_BUILD_BENCH"] = False
        toolchain.cache_variables["LN_BUILD_TOOLS"] = bool(self.options.tools)
        toolchain.cache_variables["LN_WITH_PORTABLE"] = bool(self.options.portable)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()
        for folder in ("lib/cmake", "lib/pkgconfig", "share"):  # Conan writes its own
            rmdir(self, os.path.join(self.package_folder, folder))

    def package_info(self):
        self.cpp_info.libs = ["ln"]
        self.cpp_info.set_property("cmake_file_name", "ln")
        self.cpp_info.set_property("cmake_target_name", "ln::ln")
        self.cpp_info.set_property("cmake_target_aliases", [] if self.options.shared else ["ln::ln_static"])
        self.cpp_info.set_property("pkg_config_name", "ln")
        if self.settings.os in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["m"]
