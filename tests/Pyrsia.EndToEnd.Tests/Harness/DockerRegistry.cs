using System.Text.RegularExpressions;
using Pyrsia.Testing;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>A docker-registry of its own, as upstream.</summary>
public sealed partial class DockerRegistry : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly Daemon _daemon;

    private DockerRegistry(TemporaryDirectory directory, Daemon daemon, string address) => (_directory, _daemon, Address) = (directory, daemon, address);

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>Starts one on a free port.</summary>
    public static async Task<DockerRegistry> StartAsync(CancellationToken cancellationToken)
    {
        var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["config.yml"], $"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {directory["data"]}\nhttp:\n  addr: 127.0.0.1:0\n", cancellationToken);
        var daemon = Daemon.Start("docker-registry", "serve", directory["config.yml"]);
        var said = await daemon.HearAsync("listening on ", cancellationToken);
        return new DockerRegistry(directory, daemon, ListeningOn().Match(said).Groups[1].Value);
    }

    /// <summary>Puts an image of an OCI layout into it.</summary>
    public Task PushAsync(string layout, string name) =>
        Command.MustAsync("skopeo", "copy", "--all", "--quiet", "--dest-tls-verify=false", $"oci:{layout}", $"docker://{Address}/{name}");

    /// <summary>Ends it.</summary>
    public Task StopAsync() => _daemon.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _directory.Dispose();
    }

    [GeneratedRegex(@"listening on ([0-9.]+:\d+)")]
    private static partial Regex ListeningOn();
}
