using System.Text;
using Pyrsia.Content.Store;
using Pyrsia.Keys;
using Pyrsia.Libp2p;
using Pyrsia.Node.Log;
using Pyrsia.Node.Upstream;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Node.Hosting;

/// <summary>What a node opens before it serves anything: whatever is wrong with files and options is found here, with a clear message.</summary>
public sealed class NodeResources : IDisposable
{
    private NodeResources(NodeOptions options, DataDirectory directory)
    {
        Options = options;
        Directory = directory;
    }

    /// <summary>The options.</summary>
    public NodeOptions Options { get; }

    /// <summary>The data directory.</summary>
    public DataDirectory Directory { get; }

    /// <summary>The node's libp2p identity.</summary>
    public required KeyPair Identity { get; init; }

    /// <summary>The network file; null without one.</summary>
    public required NetworkFile? Network { get; init; }

    /// <summary>The key of the private network that its peers have to be in; null for none.</summary>
    public required PreSharedKey? PrivateNetwork { get; init; }

    /// <summary>The content.</summary>
    public required ContentStore Content { get; init; }

    /// <summary>The log.</summary>
    public required LogStore Log { get; init; }

    /// <summary>The upstream registries.</summary>
    public required UpstreamRegistries Upstreams { get; init; }

    /// <summary>The upstream Maven repository.</summary>
    public required IMavenUpstream Maven { get; init; }

    /// <summary>Opens everything.</summary>
    /// <param name="options">The options.</param>
    /// <param name="openLog">Opens the log's storage where it is not files in the data directory.</param>
    /// <exception cref="StartupException">Something cannot be used; the message says what and why.</exception>
    public static NodeResources Open(NodeOptions options, Func<ILogStorage>? openLog = null)
    {
        var network = options.Network is null ? null : ReadNetwork(options.Network);
        var privateNetwork = options.SwarmKey is { } swarmKey ? ReadSwarmKey(swarmKey) : null;
        var (upstreams, maven) = OpenUpstreams(options, network);
        var directory = DataDirectory.Open(options.DataDirectory);
        try
        {
            return new NodeResources(options, directory)
            {
                Identity = NodeIdentity.LoadOrCreate(directory.Path, options.Secrets),
                Network = network,
                PrivateNetwork = privateNetwork,
                Content = ContentStore.Open(directory["content"]),
                Log = openLog is null ? LogStore.Open(directory["log"]) : LogStore.Open(openLog()),
                Upstreams = upstreams,
                Maven = maven,
            };
        }
        catch (Exception e)
        {
            directory.Dispose();
            if (e is not (IOException or UnauthorizedAccessException or IdentityFileException)) throw;
            throw new StartupException(e.Message, $"Check {options.DataDirectory}, or give another directory with --data-dir.", inner: e);
        }
    }

    /// <summary>Reads a network file.</summary>
    /// <exception cref="StartupException">It is missing or wrong.</exception>
    public static NetworkFile ReadNetwork(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The network file {path} cannot be read: {e.Message}", "Get a network file from somebody you trust, or make a network of your own with: pyrsia testnet init --dir DIR", inner: e);
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!NetworkFile.TryParse(bytes, name => ReadPolicy(Path.Combine(folder, name)), out var network, out var error)) throw WrongNetwork(path, error);
        foreach (var authority in network.Genesis.Authorities)
            if (!PeerId.TryParse(authority.PeerId, out _)) throw WrongNetwork(path, $"network file: authority {authority.Name}: '{authority.PeerId}' is no peer id");
        foreach (var address in network.Bootstrap)
            if (!Multiaddr.TryParse(address, out _)) throw WrongNetwork(path, $"network file: bootstrap: '{address}' is no multiaddr");
        return network;
    }

    /// <summary>Reads the key of a private network.</summary>
    /// <param name="path">A file of mode 0600.</param>
    /// <exception cref="StartupException">It is missing, may be read by others, or holds none.</exception>
    public static PreSharedKey ReadSwarmKey(string path)
    {
        try
        {
            if (PreSharedKey.TryDecode(Encoding.ASCII.GetBytes(KeyFile.Read(path)), out var key)) return key;
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"--swarm-key: {e.Message}.", e.Advice, inner: e);
        }
        throw new StartupException($"--swarm-key: {path} holds no key of a private network.", "Its three lines are /key/swarm/psk/1.0.0/ and /base16/ and 64 hexadecimal digits. Get it from those whose network it is.");
    }

    /// <summary>Makes the upstreams that the options name; nothing is asked of them yet.</summary>
    /// <exception cref="StartupException">An option names none.</exception>
    public static (UpstreamRegistries Registries, IMavenUpstream Maven) OpenUpstreams(NodeOptions options, NetworkFile? network)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            var rules = new UpstreamOptions { AllowPrivateNetworks = network?.Genesis.TestNetwork ?? false };
            return (new UpstreamRegistries(options.Upstreams, rules), MavenUpstream.Open(options.Upstreams, rules, TimeProvider.System));
        }
        catch (Exception e) when (e is FormatException or UpstreamException)
        {
            throw new StartupException(e.Message, "Correct --upstream.", isUsage: true, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        Log.Dispose();
        Upstreams.Dispose();
        (Maven as IDisposable)?.Dispose();
        Directory.Dispose();
    }

    private static StartupException WrongNetwork(string path, string error) => new($"{path}: {error}", "Get the file anew from whom you have it.");

    private static string? ReadPolicy(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
