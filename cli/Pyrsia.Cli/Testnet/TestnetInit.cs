using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Provenance.Network;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Cli.Testnet;

/// <summary>What a local network is to be.</summary>
/// <param name="Directory">Where everything of it is kept.</param>
/// <param name="Authorities">How many authorities.</param>
/// <param name="Nodes">How many nodes.</param>
/// <param name="BasePort">The first of two ports a process; null for free ones.</param>
/// <param name="Upstreams">Upstream registries of every process.</param>
/// <param name="Built">Prefixes of names that are built from source, beside <c>generic:</c>; all others are notarized.</param>
/// <param name="Builders">How the authorities build.</param>
/// <param name="Database">PostgreSQL's connection string, of which each authority takes a schema of its name; null for files.</param>
internal sealed record TestnetPlan(
    string Directory, int Authorities, int Nodes, int? BasePort, IReadOnlyList<string> Upstreams, IReadOnlyList<string> Built, TestnetBuilders Builders, string? Database = null);

/// <summary>How the authorities of a local network build from source.</summary>
/// <param name="Kinds">What holds builds, given to the authorities in turn; empty to let each choose.</param>
/// <param name="Images">Where builder images are; null for each authority's own folder.</param>
/// <param name="DockerSocket">The Docker engine's socket; null for the usual one.</param>
internal sealed record TestnetBuilders(IReadOnlyList<string> Kinds, string? Images, string? DockerSocket)
{
    /// <summary>What an authority can be told.</summary>
    public static IReadOnlyList<string> KnownKinds { get; } = ["auto", "bubblewrap", "docker", "queue", "none"];

    /// <summary>What the authority at a place among them is told.</summary>
    public string? KindOf(int authority) => Kinds.Count == 0 ? null : Kinds[authority % Kinds.Count];
}

/// <summary>Makes keys, network file and configuration of a local network.</summary>
internal static class TestnetInit
{
    /// <summary>Most nodes: beyond that one machine shows nothing more.</summary>
    public const int MaxNodes = 64;

    private const int MaxPort = 65535;
    private const int PortsPerProcess = 2;
    private const int FirstFreePort = 10_000;
    private const int FreePorts = 10_000;

    /// <summary>What stands before a directory that is an upstream: an OCI layout, a Maven repository.</summary>
    private static readonly string[] PathPrefixes = ["oci:", "dir:"];

    /// <summary>Images and Maven artifacts come from their upstreams unless told otherwise; plain files have none.</summary>
    private static readonly ImmutableArray<NamingRule> Naming =
        [new NamingRule("docker:", ArtifactKind.Notarized), new NamingRule("maven:", ArtifactKind.Notarized), new NamingRule("generic:", ArtifactKind.Built)];

    /// <summary>A local network's builds take seconds, so its deadlines are minutes: five to fetch, two to reveal.</summary>
    private static readonly BuildDeadlines Deadlines = new(CommitSeconds: 300, RevealSeconds: 120);

    public static async Task<TestnetFile> RunAsync(TestnetPlan plan, Programs programs, CancellationToken cancellationToken)
    {
        Check(plan);
        var directory = Path.GetFullPath(plan.Directory);
        if (File.Exists(TestnetFile.PathIn(directory)))
            throw CliException.Usage($"There is a local network in {directory} already.", "Take another directory, or end that network and remove it first.");
        Directory.CreateDirectory(directory);
        var origin = $"testnet.pyrsia.invalid/{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        var ports = Ports(plan);
        var authorities = new List<(AuthorityKeys Keys, int Http, int P2p)>();
        for (var i = 0; i < plan.Authorities; i++)
        {
            var name = $"authority-{i + 1}";
            authorities.Add((await CreateAuthorityAsync(programs.Authority, directory, name, $"a{i + 1}", $"org-{i + 1}", origin, cancellationToken), ports.Dequeue(), ports.Dequeue()));
        }
        var networkPath = Path.Combine(directory, "network.json");
        WriteNetwork(networkPath, Path.Combine(directory, "operator.key"), origin, authorities, NamingOf(plan.Built));
        var upstreams = plan.Upstreams.Select(Absolute).ToArray();
        var members = authorities.Select((a, i) => Member(directory, $"authority-{i + 1}", a.Http, a.P2p, a.Keys.PeerId, networkPath, upstreams, plan, i)).ToArray();
        var nodes = Enumerable.Range(1, plan.Nodes).Select(i => Member(directory, $"node-{i}", ports.Dequeue(), ports.Dequeue(), null, networkPath, upstreams)).ToArray();
        var file = new TestnetFile(origin, networkPath, members, nodes);
        file.Write(directory);
        return file;
    }

    /// <summary>The configuration file of a process, whose path also tells the process apart from others.</summary>
    public static string ConfigurationOf(string directory, string name) => Path.Combine(Path.GetFullPath(directory), name, "config.json");

    private static void Check(TestnetPlan plan)
    {
        if (plan.Authorities is < GenesisDocument.MinAuthorities or > GenesisDocument.MaxAuthorities)
            throw CliException.Usage($"A network has {GenesisDocument.MinAuthorities} to {GenesisDocument.MaxAuthorities} authorities, not {plan.Authorities}.", "With fewer than four no faulty one could be borne.");
        if (plan.Nodes is < 0 or > MaxNodes) throw CliException.Usage($"A local network has 0 to {MaxNodes} nodes, not {plan.Nodes}.", "Give another number with --nodes.");
        if (plan.BasePort is { } port && (port < 1 || port + (PortsPerProcess * (plan.Authorities + plan.Nodes)) - 1 > MaxPort))
            throw CliException.Usage($"--base-port {port} leaves too few ports.", $"Two ports a process are taken from it on, up to {MaxPort}.");
        if (plan.Built.FirstOrDefault(prefix => prefix.Length is 0 or > GenesisDocument.MaxNameLength || !prefix.All(c => c is > ' ' and < '\x7f')) is { } built)
            throw CliException.Usage($"'{built}' is no prefix of names that are built from source.", "Such as --built maven:org.acme or --built docker:docker.io/acme.");
        if (plan.Builders.Kinds.FirstOrDefault(kind => !TestnetBuilders.KnownKinds.Contains(kind)) is { } wrong)
            throw CliException.Usage($"There is no builder '{wrong}'.", $"Give some of {string.Join(", ", TestnetBuilders.KnownKinds)}, parted by commas.");
        if (plan.Builders.Images is { } images && !Directory.Exists(images)) throw CliException.Usage($"There is no folder {images}.", "pyrsia-authority builder make --out DIR makes builder images.");
        foreach (var upstream in plan.Upstreams)
        {
            var at = upstream.IndexOf('=', StringComparison.Ordinal);
            var target = upstream[(at + 1)..];
            if (at <= 0 || !(PathPrefixOf(target) is { } prefix ? target.Length > prefix.Length : Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
                throw CliException.Usage($"'{upstream}' is no upstream.", "Write docker.io=https://host or docker.io=oci:DIR, maven=https://host/path or maven=dir:DIR.");
        }
    }

    private static string Absolute(string upstream)
    {
        var at = upstream.IndexOf('=', StringComparison.Ordinal);
        var target = upstream[(at + 1)..];
        return PathPrefixOf(target) is { } prefix ? $"{upstream[..at]}={prefix}{Path.GetFullPath(target[prefix.Length..])}" : upstream;
    }

    private static string? PathPrefixOf(string target) => Array.Find(PathPrefixes, prefix => target.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>
    /// The ports in their order. Free ones are sought below those that systems give to outgoing connections, which could take one before its program has started or while it is started anew;
    /// all are held until the last is found, so that each is found once.
    /// </summary>
    private static Queue<int> Ports(TestnetPlan plan)
    {
        var count = PortsPerProcess * (plan.Authorities + plan.Nodes);
        if (plan.BasePort is { } first) return new Queue<int>(Enumerable.Range(first, count));
        var offset = RandomNumberGenerator.GetInt32(FreePorts);
        var held = new List<TcpListener>();
        try
        {
            held.AddRange(Enumerable.Range(0, FreePorts).Select(i => TryHold(FirstFreePort + ((offset + i) % FreePorts))).OfType<TcpListener>().Take(count));
            if (held.Count < count) throw new CliException($"Of the ports {FirstFreePort} to {FirstFreePort + FreePorts - 1} fewer than {count} are free.", "no-port", "Give the first of others with --base-port.", ExitCode.Failed);
            return new Queue<int>(held.Select(l => ((IPEndPoint)l.LocalEndpoint).Port));
        }
        finally
        {
            foreach (var listener in held) listener.Dispose();
        }
    }

    private static TcpListener? TryHold(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private static async Task<AuthorityKeys> CreateAuthorityAsync(string program, string directory, string folder, string name, string organisation, string origin, CancellationToken cancellationToken)
    {
        var data = Path.Combine(directory, folder, "data");
        Directory.CreateDirectory(data);
        var start = new ProcessStartInfo(program, ["init", "--data-dir", data, "--name", name, "--organisation", organisation, "--origin", origin]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        try
        {
            if (process.ExitCode == 0 && JsonSerializer.Deserialize(output, TestnetJsonContext.Default.AuthorityKeys) is { } keys) return keys;
        }
        catch (JsonException)
        {
            // told below, with what the program said
        }
        throw new CliException($"The keys of {name} could not be made: {(await error).Trim()}{output.Trim()}", "init-failed", $"See what {program} init says.", ExitCode.Failed);
    }

    private static void WriteNetwork(string path, string operatorPath, string origin, List<(AuthorityKeys Keys, int Http, int P2p)> authorities, ImmutableArray<NamingRule> naming)
    {
        using var operatorKey = Ed25519PrivateKey.Generate();
        DurableFile.Write(operatorPath, System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(operatorKey.ExportSeed()) + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var parts = new GenesisDocument.Parts(
            origin, GenesisDocument.DefaultThreshold(authorities.Count), [.. authorities.Select(a => Builder(a.Keys))], [.. authorities.Select(a => Authority(a.Keys))],
            naming, Deadlines, TestNetwork: true, operatorKey.PublicKey, RandomNumberGenerator.GetBytes(GenesisDocument.NonceLength));
        if (!GenesisDocument.TryCreate(parts, out var genesis, out var error)) throw Malformed(error);
        DurableFile.Write(path, new NetworkFile(genesis, bootstrap: [.. authorities.Select(a => Multiaddr(a.P2p, a.Keys.PeerId))]).ToBytes());
    }

    private static BuilderMember Builder(AuthorityKeys keys) => P256PublicKey.TryFromSpki(Convert.FromBase64String(keys.BuilderKey), out var key)
        ? new BuilderMember(keys.Name, keys.Organisation, key)
        : throw Malformed($"the builder key of {keys.Name}");

    private static AuthorityMember Authority(AuthorityKeys keys) =>
        Ed25519PublicKey.TryCreate(Convert.FromBase64String(keys.VoteKey), out var vote) && VerifierKey.TryParse(keys.Cosigner, out var cosigner) && VerifierKey.TryParse(keys.Log, out var log)
            ? new AuthorityMember(keys.Name, keys.Organisation, keys.PeerId, vote, cosigner, log)
            : throw Malformed($"a key of {keys.Name}");

    private static CliException Malformed(string what) => new($"What pyrsia-authority init gave is malformed: {what}", "init-failed", "Check that pyrsia and pyrsia-authority are of the same version.", ExitCode.Failed);

    /// <summary>Writes the configuration of a process; the plan is given for an authority alone, which builds and stores.</summary>
    private static TestnetMember Member(string directory, string name, int http, int p2p, string? peerId, string network, IReadOnlyList<string> upstreams, TestnetPlan? plan = null, int place = 0)
    {
        var builders = plan?.Builders;
        var configuration = new ProcessConfiguration(
            "127.0.0.1", http, [$"/ip4/127.0.0.1/tcp/{p2p}"], network, Path.Combine(directory, name, "data"), upstreams, builders?.KindOf(place), FullPath(builders?.Images), FullPath(builders?.DockerSocket),
            plan?.Database is null ? null : "postgres", plan?.Database is { } database ? $"{database.TrimEnd(';')};Search Path={name.Replace('-', '_')}" : null);
        Directory.CreateDirectory(Path.Combine(directory, name));
        // A connection string may hold a password.
        DurableFile.Write(ConfigurationOf(directory, name), JsonSerializer.SerializeToUtf8Bytes(configuration, TestnetJsonContext.Default.ProcessConfiguration), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new TestnetMember(name, peerId, $"http://127.0.0.1:{http}", [Multiaddr(p2p, peerId)], null);
    }

    private static ImmutableArray<NamingRule> NamingOf(IReadOnlyList<string> built) =>
        [.. Naming.Where(rule => !built.Contains(rule.Prefix)), .. built.Distinct(StringComparer.Ordinal).Select(prefix => new NamingRule(prefix, ArtifactKind.Built))];

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static string Multiaddr(int port, string? peerId) => $"/ip4/127.0.0.1/tcp/{port}{(peerId is null ? "" : $"/p2p/{peerId}")}";
}
