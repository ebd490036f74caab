using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A containerd of its own: own root, own state, own socket.</summary>
public sealed class Containerd : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly Daemon _daemon;

    private Containerd(TemporaryDirectory directory, Daemon daemon) => (_directory, _daemon) = (directory, daemon);

    private string Socket => _directory["c.sock"];

    /// <summary>Starts one.</summary>
    public static async Task<Containerd> StartAsync(CancellationToken cancellationToken)
    {
        var d = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            d["config.toml"], $"version = 2\nroot = \"{d["root"]}\"\nstate = \"{d["state"]}\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\n  address = \"{d["c.sock"]}\"\n", cancellationToken);
        var daemon = Daemon.Start("containerd", "--config", d["config.toml"]);
        await daemon.HearAsync("containerd successfully booted", cancellationToken);
        return new Containerd(d, daemon);
    }

    /// <summary>Runs a ctr command against it.</summary>
    public Task<CommandResult> CtrAsync(params string[] arguments) => Command.RunAsync("ctr", ["--address", Socket, .. arguments]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _directory.Dispose();
    }
}
