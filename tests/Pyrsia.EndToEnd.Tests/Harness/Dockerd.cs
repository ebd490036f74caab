using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A Docker engine of its own: own root, own socket, no bridge.</summary>
public sealed class Dockerd : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly Daemon _daemon;

    private Dockerd(TemporaryDirectory directory, Daemon daemon) => (_directory, _daemon) = (directory, daemon);

    /// <summary>Path of its socket.</summary>
    public string SocketPath => _directory["d.sock"];

    /// <summary>What tells a client where it is.</summary>
    public Dictionary<string, string> Environment => new() { ["DOCKER_HOST"] = $"unix://{SocketPath}" };

    /// <summary>Starts one.</summary>
    public static async Task<Dockerd> StartAsync(CancellationToken cancellationToken)
    {
        var d = new TemporaryDirectory();
        var daemon = Daemon.Start(
            "dockerd", "--data-root", d["data"], "--exec-root", d["exec"], "--pidfile", d["d.pid"], "-H", $"unix://{d["d.sock"]}", "--storage-driver", "overlay2", "--bridge=none", "--iptables=false",
            "--ip-forward=false", "--ip-masq=false");
        await daemon.HearAsync("API listen on", cancellationToken);
        return new Dockerd(d, daemon);
    }

    /// <summary>Runs a docker command against it.</summary>
    public Task<CommandResult> DockerAsync(params string[] arguments) => Command.RunAsync("docker", arguments, Environment);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await Command.RunAsync("umount", [_directory["exec/netns/default"]]);
        _directory.Dispose();
    }
}
