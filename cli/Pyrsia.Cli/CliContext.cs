using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pyrsia.Cli.Output;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Cli;

/// <summary>One run of a command: where its results go, and the node and network file it was given.</summary>
internal sealed class CliContext(CliEnvironment environment, string node, string networkPath, bool json, bool quiet, bool noColor) : IDisposable
{
    private NodeClient? _node;

    public CliEnvironment Environment => environment;

    public TimeProvider Time => environment.Time;

    public bool Json => json;

    public bool Quiet => quiet;

    public string NetworkPath => networkPath;

    /// <summary>The node; the first use opens no connection yet.</summary>
    public NodeClient Node => _node ??= new NodeClient(node, environment.Handler(), environment.Time);

    /// <summary>Whether progress may be drawn.</summary>
    public bool ShowsProgress => environment.ErrorIsTerminal && !quiet && !json;

    public Palette Palette => new(environment.OutIsTerminal && !noColor);

    public bool NoColor => noColor;

    public void WriteLine(string line) => environment.Out.WriteLine(line);

    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => environment.Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Says something beside the result; nothing when quiet.</summary>
    public void Warn(string line)
    {
        if (!quiet) environment.Error.WriteLine(line);
    }

    /// <summary>The network file.</summary>
    /// <exception cref="CliException">There is none, or it is wrong.</exception>
    public NetworkFile Network() => NetworkFiles.Read(networkPath);

    /// <summary>The network file; null when there is none.</summary>
    /// <exception cref="CliException">It is wrong.</exception>
    public NetworkFile? NetworkIfPresent() => File.Exists(networkPath) ? NetworkFiles.Read(networkPath) : null;

    public void Dispose() => _node?.Dispose();
}
