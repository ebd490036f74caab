using System.Globalization;
using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>
/// Builds with <c>buildah</c>, which needs no daemon. All of it runs in namespaces of its own: there is no network but an empty one, nothing that it starts outlives it, and what it mounts goes with it. Its
/// store is the build's own and is thrown away. Needs root.
/// </summary>
/// <seealso href="https://github.com/containers/buildah/blob/v1.28.2/docs/buildah-build.1.md"/>
public sealed class BuildahImageBuilder(TimeProvider time) : IImageBuilder
{
    private const string ControlGroups = "/sys/fs/cgroup";
    private const string Result = "pyrsia-result";
    private const int CpuPeriodMicroseconds = 100_000;

    private static readonly string[] Namespaces = ["--net", "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc", "--ipc", "--uts", "--"];

    /// <inheritdoc/>
    public string Name => "buildah";

    /// <summary>Tries whether it works here.</summary>
    /// <exception cref="SandboxException">It does not; the message says why.</exception>
    public static async Task<BuildahImageBuilder> OpenAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) throw new SandboxException("Buildah builds Dockerfiles as root only here.");
        try
        {
            await HostCommand.RunAsync("unshare", [.. Namespaces, "buildah", "--version"], HostCommand.PlainEnvironment, cancellationToken).ConfigureAwait(false);
            return new BuildahImageBuilder(time);
        }
        catch (HostCommandException e)
        {
            throw new SandboxException($"Buildah builds no Dockerfile on this machine (package buildah): {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async Task BuildAsync(ImageBuild build, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(build);
        using var clock = new CancellationTokenSource(build.Limits.WallClock, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        var group = $"pyrsia-{Guid.NewGuid():N}";
        // Below the root of each controller, because that is from where the name of a parent is read.
        var groups = ControlGroup.TryCreate(ControlGroups, "", group, build.Limits);
        using var disk = DiskWatch.Start(build.Folder, build.ArchiveBytes, time, both);
        try
        {
            foreach (var archive in build.Bases.Values) await RunAsync(build, _ => { }, ["pull", "--quiet", $"docker-archive:{archive}"], both.Token).ConfigureAwait(false);
            try
            {
                await RunAsync(build, line => build.Log.Say(line), Arguments(build, groups is null ? null : "/" + group), both.Token).ConfigureAwait(false);
            }
            catch (HostCommandException e)
            {
                throw new BuildFailureException(groups?.OutOfMemory == true ? FailureReason.ResourceLimit : FailureReason.BuildError, "The Dockerfile does not build; its log says why.", e);
            }
            await RunAsync(build, _ => { }, ["push", "--quiet", Result, $"docker-archive:{build.OutputPath}:{Result}:latest"], both.Token).ConfigureAwait(false);
        }
        catch (HostCommandException e)
        {
            throw new SandboxException($"Buildah failed: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw disk.IsOver
                ? new BuildFailureException(FailureReason.ResourceLimit, "The build filled more of the disk than a builder gives.")
                : new BuildFailureException(FailureReason.TimedOut, $"The build ran longer than {build.Limits.WallClock.TotalMinutes:0} minutes.");
        }
        finally
        {
            if (groups is not null) await RemoveAsync(groups, group).ConfigureAwait(false);
            await HostCommand.RunAsync("rm", ["-rf", "--one-file-system", Store(build)], HostCommand.PlainEnvironment, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string Store(ImageBuild build) => Path.Combine(build.Folder, "buildah");

    private static Task RunAsync(ImageBuild build, Action<string> hear, string[] words, CancellationToken cancellationToken) => HostCommand.RunAsync(
        "unshare", [.. Namespaces, "buildah", "--root", Path.Combine(Store(build), "root"), "--runroot", Path.Combine(Store(build), "run"), .. words],
        new Dictionary<string, string>(HostCommand.PlainEnvironment, StringComparer.Ordinal) { ["HOME"] = build.Folder, ["TMPDIR"] = build.Folder, ["XDG_RUNTIME_DIR"] = build.Folder }, cancellationToken, hear, asks: false);

    private static string[] Arguments(ImageBuild build, string? group)
    {
        var limits = build.Limits;
        return
        [
            "bud", "--isolation", "oci", .. HostCommand.IsInstalled("runc") ? (string[])["--runtime", "runc"] : [], "--network", "none", "--pull-never", "--no-cache", "--layers=false", "--format", "docker", "--identity-label=false",
            "--memory", Text(limits.MemoryBytes), "--memory-swap", Text(limits.MemoryBytes), "--cpu-period", Text(CpuPeriodMicroseconds), "--cpu-quota", Text((long)(limits.Cpus * CpuPeriodMicroseconds)),
            "--ulimit", $"nofile={limits.OpenFiles}:{limits.OpenFiles}", "--ulimit", "core=0:0", "--ulimit", $"fsize={limits.OutputBytes}:{limits.OutputBytes}",
            .. group is null ? (string[])[] : ["--cgroup-parent", group],
            .. build.Arguments.SelectMany(argument => new[] { "--build-arg", $"{argument.Key}={argument.Value}" }),
            "--file", Path.Combine(build.Context, build.Dockerfile), "--tag", Result, build.Context,
        ];
    }

    /// <summary>A container whose end was not awaited has left a group of its own below, and with version 1 both of them under every controller, not only those that hold limits.</summary>
    private async Task RemoveAsync(ControlGroup groups, string name)
    {
        var all = groups.Directories.Concat(Directory.EnumerateDirectories(ControlGroups).Select(controller => Path.Combine(controller, name))).Where(Directory.Exists).ToHashSet(StringComparer.Ordinal);
        await ControlGroup.RemoveAsync([.. all.SelectMany(Directory.EnumerateDirectories), .. all], time, CancellationToken.None).ConfigureAwait(false);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
