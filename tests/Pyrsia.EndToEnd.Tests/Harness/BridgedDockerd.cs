using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A Docker engine in a network namespace of its own, whose containers reach each other by name over a bridge that nobody else sees.</summary>
public sealed class BridgedDockerd : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly string _namespace;
    private readonly Daemon _daemon;

    private BridgedDockerd(TemporaryDirectory directory, string name, Daemon daemon) => (_directory, _namespace, _daemon) = (directory, name, daemon);

    /// <summary>What tells a client where it is.</summary>
    public Dictionary<string, string> Environment => new() { ["DOCKER_HOST"] = $"unix://{_directory["d.sock"]}" };

    /// <summary>Starts one.</summary>
    public static async Task<BridgedDockerd> StartAsync(CancellationToken cancellationToken)
    {
        var d = new TemporaryDirectory();
        var name = $"pyrsia-{Guid.NewGuid():N}"[..15];
        await Command.MustAsync("ip", "netns", "add", name);
        await Command.MustAsync("ip", "-n", name, "link", "set", "lo", "up");
        // Not 'ip netns exec', which hides the control groups of devices.
        var daemon = Daemon.Start(
            "nsenter", $"--net=/run/netns/{name}", "dockerd", "--data-root", d["data"], "--exec-root", d["exec"], "--pidfile", d["d.pid"], "-H", $"unix://{d["d.sock"]}", "--storage-driver", "overlay2");
        await daemon.HearAsync("API listen on", cancellationToken);
        return new BridgedDockerd(d, name, daemon);
    }

    /// <summary>Runs a docker command against it, and fails when it fails.</summary>
    public async Task<string> DockerAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("docker", arguments, Environment);
        return result.ExitCode == 0 ? result.Output : throw new InvalidOperationException($"docker {string.Join(' ', arguments)}: {result}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await Command.RunAsync("umount", [_directory["exec/netns/default"]]);
        await Command.RunAsync("ip", ["netns", "delete", _namespace]);
        _directory.Dispose();
    }
}
