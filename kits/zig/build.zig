const std = @import("std");

pub fn build(b: *std.Build) void {
    _ = b.addModule("wws", .{ .root_source_file = b.path("src/wws.zig") });

    const tests = b.addTest(.{ .root_module = b.createModule(.{
        .root_source_file = b.path("src/wws.zig"),
        .target = b.graph.host,
    }) });
    b.step("test", "Test the kit").dependOn(&b.addRunArtifact(tests).step);
}

pub const WorkerOptions = struct {
    /// Of the module: NAME.wasm.
    name: []const u8,
    root_source_file: std.Build.LazyPath,
    /// `.small` loads fastest; `.safe` checks what may go wrong.
    optimize: std.builtin.Optimize = .small,
    /// Other modules that the worker imports.
    imports: []const std.Build.Module.Import = &.{},
};

/// For the build.zig of a project that depends on this package: a worker that imports "wws". Install it with
/// `b.installArtifact`, or where it belongs with `b.addInstallFile(worker.getEmittedBin(), "item/[id].wasm")`.
pub fn addWorker(b: *std.Build, options: WorkerOptions) *std.Build.Step.Compile {
    const module = b.createModule(.{
        .root_source_file = options.root_source_file,
        .target = b.resolveTargetQuery(.{ .cpu_arch = .wasm32, .os_tag = .wasi }),
        .optimize = options.optimize,
        .strip = true,
        .imports = options.imports,
    });
    module.addImport("wws", b.dependencyFromBuildZig(@This(), .{}).module("wws"));
    const worker = b.addExecutable(.{ .name = options.name, .root_module = module });
    worker.wasi_exec_model = .reactor;
    worker.entry = .disabled;
    worker.rdynamic = true; // exports what wws.worker exports
    return worker;
}
