# default.nix - libln for nixpkgs: callPackage ./default.nix { }
{ lib, stdenv, fetchurl, cmake, pkg-config, check, simde }:

stdenv.mkDerivation {
  pname = "libln";
  version = "@VERSION@";

  src = fetchurl {
    url = "@ARCHIVE@";
    sha256 = "@SHA256@";
  };

  outputs = [ "out" "dev" "bin" "man" ];

  nativeBuildInputs = [ cmake pkg-config ];
  buildInputs = [ simde ];
  checkInputs = [ check ];

  # libln's own check of the CPU serves, without libcpuinfo.
  cmakeFlags = [
    "-DLN_USE_CPUINFO=OFF"
    "-DLN_BUILD_BENCH=OFF"
    (lib.optionalString (!stdenv.buildPlatform.canExecute stdenv.hostPlatform) "-DLN_BUILD_TESTS=OFF")
  ];

  # What a compiler and its flags can break: each word of each kernel that runs here, the golden bits, and the bounds; lnorm once more.
  doCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  checkPhase = ''
    runHook preCheck
    LN_TEST_SMALL=1 LN_TEST_ROWS=500 ctest --output-on-failure --no-tests=error \
      -R '^(expected|dispatch|cache|environment|vocabulary_.*|(|backward_|cell_)(bits|golden)|(|backward_)accuracy)$'
    tools/lnorm selftest
    runHook postCheck
  '';

  meta = {
    description = "Layer normalization of rows with the same bits everywhere";
    homepage = "@HOMEPAGE@";
    license = lib.licenses.mit;
    mainProgram = "lnorm";
    platforms = lib.platforms.unix;
  };
}
