using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>A local network that has voted and was stopped: the data directory of one of its authorities is there to be damaged.</summary>
public sealed class VotedNetwork : IAsyncLifetime
{
    private readonly TemporaryDirectory _upstream = new();
    private Testnet? _testnet;

    /// <summary>The network file.</summary>
    public string File => _testnet!.NetworkFile;

    /// <summary>The data directory of the first authority.</summary>
    public string Data { get; private set; } = "";

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _testnet = await Testnet.StartAsync($"oci:{TestImages.WriteSmall(_upstream)}", nodes: 1);
        var built = await _testnet.CliAsync(_testnet.Nodes[0], "build", "docker", "--image", "small:1", "--wait");
        Assert.True(built.ExitCode == 0, built.ToString());
        await Command.MustAsync(Programs.Cli, "testnet", "down", "--dir", _testnet.Path);
        Data = Path.GetDirectoryName(Path.GetDirectoryName(Directory.GetFiles(_testnet.Path, "vote.key", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First())!)!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_testnet is not null) await _testnet.DisposeAsync();
        _upstream.Dispose();
    }
}
