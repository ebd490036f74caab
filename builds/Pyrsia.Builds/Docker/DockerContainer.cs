using System.Globalization;
using Pyrsia.Builds.Sandboxes;

namespace Pyrsia.Builds.Docker;

/// <summary>What an engine is told of a run.</summary>
internal static class DockerContainer
{
    /// <summary>Label of every container: whose it is.</summary>
    internal const string OwnerLabel = "pyrsia.builds.owner";

    /// <summary>The container of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="image">Id of the image in the engine, so that no name can be moved meanwhile.</param>
    /// <param name="owner">Whose container it is.</param>
    internal static ContainerSpec Of(SandboxRun run, string image, string owner)
    {
        var limits = run.Limits;
        var user = run.UserId.ToString(CultureInfo.InvariantCulture);
        IEnumerable<ContainerMount> socket = run.Socket is null ? [] : [new ContainerMount(run.Socket, SandboxLayout.Socket, ReadOnly: false)];
        return new ContainerSpec
        {
            Image = image,
            Cmd = [.. SandboxPrelude.Wrap(run, [])],
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [OwnerLabel] = owner },
            Hostname = SandboxLayout.HostName,
            User = $"{user}:{user}",
            WorkingDir = SandboxLayout.Work,
            HostConfig = new HostConfig
            {
                PidsLimit = limits.Processes,
                Memory = limits.MemoryBytes,
                MemorySwap = limits.MemoryBytes,
                NanoCpus = (long)(limits.Cpus * 1e9),
                ShmSize = limits.TemporaryBytes,
                Ulimits = [new Ulimit("nofile", limits.OpenFiles, limits.OpenFiles), new Ulimit("core", 0, 0)],
                Tmpfs = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [SandboxLayout.Work] = Memory(limits.WorkBytes, user),
                    [SandboxLayout.Temporary] = Memory(limits.TemporaryBytes, user),
                },
                Mounts = [.. run.Mounts.Select(m => new ContainerMount(m.Directory, m.Path, ReadOnly: true)), .. socket],
                ExtraHosts = [$"{SandboxLayout.HostName}:127.0.0.1"],
            },
        };
    }

    /// <summary>Given to the user: with mode 1777 alone a working directory in memory comes up unwritable on some engines.</summary>
    private static string Memory(long size, string user) => string.Create(CultureInfo.InvariantCulture, $"rw,exec,nosuid,nodev,size={size},mode=1777,uid={user},gid={user}");
}
