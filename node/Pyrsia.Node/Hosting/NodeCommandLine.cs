using System.CommandLine;
using System.Globalization;
using Pyrsia.Libp2p;
using Pyrsia.Node.Artifacts;
using Pyrsia.Provenance.Packages;

namespace Pyrsia.Node.Hosting;

/// <summary>The options that node and authority share, as a command line reads them.</summary>
public sealed class NodeCommandLine
{
    private readonly OptionSource _source;
    private readonly Option<string> _host;
    private readonly Option<int> _port;
    private readonly Option<string[]> _listen;
    private readonly Option<string[]> _peers;
    private readonly Option<string?> _network;
    private readonly Option<string> _dataDirectory;
    private readonly Option<bool> _listenOnly;
    private readonly Option<bool> _relay;
    private readonly Option<bool> _mdns;
    private readonly Option<string?> _swarmKey;
    private readonly Option<bool> _mapPorts;
    private readonly Option<string[]> _deny;
    private readonly Option<string[]> _limits;
    private readonly Option<string?> _config;
    private readonly Option<string[]> _upstreams;
    private readonly Option<bool?> _buildOnMiss;
    private readonly Option<string> _policy;
    private readonly Option<string[]> _allow;
    private readonly Option<string[]> _webOrigins;
    private readonly Option<double> _deadAfter;
    private readonly Option<string> _logFormat;
    private readonly KeyCommandLine _keys;

    /// <summary>Makes the options, with defaults from the environment and the configuration file.</summary>
    /// <param name="source">Where values come from that the command line does not give.</param>
    /// <param name="program">Name of the program, for the default data directory.</param>
    /// <param name="tokens">Whether keys may be in a token.</param>
    public NodeCommandLine(OptionSource source, string program, bool tokens = false)
    {
        _source = source;
        var defaults = new NodeOptions { DataDirectory = DefaultDataDirectory(program) };
        _host = Text("--host", "ADDRESS", "Address that the HTTP API binds to; loopback only.", defaults.Host, "-H");
        _port = new Option<int>("--port", "-p") { HelpName = "PORT", Description = "Port of the HTTP API; 0 takes a free one.", DefaultValueFactory = _ => Number("port", defaults.Port) };
        _listen = List("--listen", "MULTIADDR", "Address to listen on for peers. Repeatable.", defaults.Listen, "-L");
        _peers = List("--peer", "MULTIADDR", "Peer to connect to, beside the network file's. Repeatable.", defaults.Peers, "-P");
        _network = new Option<string?>("--network") { HelpName = "FILE", Description = "The network file: whom to trust and where to find them.", DefaultValueFactory = _ => source.Value("network") };
        _dataDirectory = Text("--data-dir", "DIR", "Where identity, content and log are kept.", defaults.DataDirectory);
        _listenOnly = new Option<bool>("--listen-only") { Description = "Connect to nobody, only answer.", DefaultValueFactory = _ => Flag("listen-only") ?? false };
        _relay = new Option<bool>("--relay") { Description = "Let peers that cannot be dialed be reached over this node, which can: a few small circuits each, to find a direct way.", DefaultValueFactory = _ => Flag("relay") ?? false };
        _mdns = new Option<bool>("--mdns") { Description = "Find the network's nodes on the same local network by multicast DNS, and be found.", DefaultValueFactory = _ => Flag("mdns") ?? false };
        _swarmKey = new Option<string?>("--swarm-key") { HelpName = "FILE", Description = "Key of a private network, of mode 0600, as Kubo's swarm.key: only peers with the same key are talked to.", DefaultValueFactory = _ => source.Value("swarm-key") };
        _mapPorts = new Option<bool>("--map-ports") { HelpName = "true|false", Description = "Ask the router of the local network (by NAT-PMP or UPnP) to let peers in. Never asked for listeners on loopback.", DefaultValueFactory = _ => Flag("map-ports") ?? defaults.MapPorts };
        _deny = List("--deny", "PEER|ADDRESS|NETWORK", "Have nothing to do with this peer, IP address or network (192.0.2.0/24). Repeatable.", defaults.Deny);
        _limits = List("--limit", "NAME=NUMBER", "Another limit on what peers take, as inbound-connections=1000; the manual lists them. Repeatable.", defaults.Limits);
        _config = new Option<string?>("--config") { HelpName = "FILE", Description = "JSON file with any of these options by name." };
        _upstreams = List("--upstream", "NAME=URL", "Upstream registry, as docker.io=https://host or docker.io=oci:DIR, or Maven repository, as maven=https://host/path or maven=dir:DIR. Repeatable.", defaults.Upstreams);
        _buildOnMiss = new Option<bool?>("--build-on-miss") { HelpName = "true|false", Description = "Ask the authorities for an image that a client wants and the log lacks. Default: only in a test network.", DefaultValueFactory = _ => Flag("build-on-miss") };
        _policy = Text("--policy", "enforce|warn|off", "What happens with an artifact that the log does not prove as the network asks: it is refused, or served with a warning, or served without a look. Its bytes are verified in any case.", "enforce");
        _allow = List("--allow", "COORDINATE", "Serve this artifact although the authorities could not verify it, as maven:org.acme:lib:1.0 or docker:docker.io/library/x:1. Repeatable.", defaults.Allow);
        _webOrigins = List("--web-origin", "ORIGIN", "Web pages from here may connect to the node as peers, by WebSocket on its HTTP port, as https://app.example. Repeatable.", defaults.WebOrigins);
        _deadAfter = Seconds("--dead-after", "Silence after which a peer is dropped, in seconds, 1 or more; it is suspected after a third of that, at most 2.7 s.", defaults.DeadAfter);
        _logFormat = Text("--log-format", "text|json", "How the log is written: a line of text for people, or a JSON object a line for programs.", "text");
        _keys = new KeyCommandLine(source, tokens);
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _host, _port, _listen, _peers, _network, _dataDirectory, _listenOnly, _relay, _mdns, _swarmKey, _deny, _mapPorts, _limits, _config, _upstreams, _buildOnMiss, _policy, _allow, _webOrigins, _deadAfter, _logFormat })
            command.Options.Add(option);
        _keys.AddTo(command);
    }

    /// <summary>Takes the values of a parsed command line.</summary>
    /// <exception cref="StartupException">A value is out of its range.</exception>
    public NodeOptions Read(ParseResult result)
    {
        var options = ReadUnchecked(result);
        return FaultsOf(options).FirstOrDefault() is { } fault ? throw fault : options;
    }

    /// <summary>Takes the values of a parsed command line as they are, for who wants to hear of all faults.</summary>
    /// <exception cref="StartupException">A value is of another kind than its option's.</exception>
    public NodeOptions ReadUnchecked(ParseResult result) => new()
    {
        Host = result.GetValue(_host)!,
        Port = result.GetValue(_port),
        Listen = result.GetValue(_listen)!,
        Peers = result.GetValue(_peers)!,
        Network = result.GetValue(_network),
        DataDirectory = Path.GetFullPath(result.GetValue(_dataDirectory)!),
        Secrets = _keys.Read(result),
        ListenOnly = result.GetValue(_listenOnly),
        Relay = result.GetValue(_relay),
        Mdns = result.GetValue(_mdns),
        SwarmKey = result.GetValue(_swarmKey),
        MapPorts = result.GetValue(_mapPorts),
        Deny = result.GetValue(_deny)!,
        Limits = result.GetValue(_limits)!,
        Upstreams = result.GetValue(_upstreams)!,
        BuildOnMiss = result.GetValue(_buildOnMiss),
        Policy = Mode(result.GetValue(_policy)!),
        Allow = result.GetValue(_allow)!,
        WebOrigins = result.GetValue(_webOrigins)!,
        DeadAfter = TimeSpan.FromSeconds(result.GetValue(_deadAfter)),
        LogFormat = Format(result.GetValue(_logFormat)!),
    };

    /// <summary>Says which values are out of their range.</summary>
    public static IEnumerable<StartupException> FaultsOf(NodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Port is < 0 or > 65535) yield return Usage($"--port {options.Port} is no port.", "Give a number from 0 to 65535.");
        if (options.Host != "localhost" && (!System.Net.IPAddress.TryParse(options.Host, out var address) || !System.Net.IPAddress.IsLoopback(address)))
            yield return Usage($"--host {options.Host} is not a loopback address.", "The API has no TLS and no login, so it is only offered to this machine: use 127.0.0.1, ::1 or localhost.");
        if (options.DeadAfter < TimeSpan.FromSeconds(1) || options.DeadAfter > TimeSpan.FromHours(1)) yield return Usage("--dead-after must be from 1 second to 1 hour.", "Give another time.");
        if (options.Allow.FirstOrDefault(coordinate => PackageNames.Split(coordinate) is null) is { } wrong)
            yield return Usage($"--allow {wrong} is no coordinate.", "Write it in its full form, as maven:org.acme:lib:1.0 or docker:docker.io/library/x:1.");
        if (!DenyList.TryParse(options.Deny, out _, out var entry)) yield return Usage($"--deny {entry} is neither a peer id nor an IP address nor a network.", "Write a peer id, 192.0.2.7 or 192.0.2.0/24, for example.");
        if (FaultOf(options.Limits) is { } limit) yield return limit;
        if (options.WebOrigins.FirstOrDefault(origin => !IsOrigin(origin)) is { } page) yield return Usage($"--web-origin {page} is no origin.", "Write scheme, host and port alone, as https://app.example or http://localhost:8080.");
    }

    private static StartupException? FaultOf(IReadOnlyList<string> limits)
    {
        try
        {
            LimitOption.Read(limits);
            return null;
        }
        catch (StartupException fault)
        {
            return fault;
        }
    }

    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text;

    private static PolicyMode Mode(string word) => word switch
    {
        "enforce" => PolicyMode.Enforce,
        "warn" => PolicyMode.Warn,
        "off" => PolicyMode.Off,
        _ => throw Usage($"'{word}' is no policy.", "Write enforce, warn or off."),
    };

    private static LogFormat Format(string word) => word switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw Usage($"'{word}' is no format of the log.", "Write text or json."),
    };

    private static StartupException Usage(string message, string advice) => new(message, advice, isUsage: true);

    private static string DefaultDataDirectory(string program) =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), program);

    private Option<string> Text(string name, string helpName, string description, string fallback, params string[] aliases) =>
        new(name, aliases) { HelpName = helpName, Description = description, DefaultValueFactory = _ => _source.Value(name[2..]) ?? fallback };

    private Option<string[]> List(string name, string helpName, string description, IReadOnlyList<string> fallback, params string[] aliases) =>
        new(name, aliases) { HelpName = helpName, Description = description, DefaultValueFactory = _ => _source.Values(name[2..]) ?? [.. fallback] };

    private Option<double> Seconds(string name, string description, TimeSpan fallback) =>
        new(name) { HelpName = "SECONDS", Description = description, DefaultValueFactory = _ => Number(name[2..], fallback.TotalSeconds) };

    private bool? Flag(string option) => _source.Value(option) switch
    {
        null => null,
        "true" or "1" => true,
        "false" or "0" => false,
        var other => throw Usage($"'{other}' is no value for {option}.", "Write true or false."),
    };

    private T Number<T>(string option, T fallback)
        where T : System.Numerics.INumber<T>
    {
        if (_source.Value(option) is not { } text) return fallback;
        return T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw Usage($"'{text}' is no value for {option}.", "Write a number.");
    }
}
