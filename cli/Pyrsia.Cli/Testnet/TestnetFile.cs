using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Contracts;

namespace Pyrsia.Cli.Testnet;

/// <summary>One process of a local network.</summary>
/// <param name="Name">Its name, and that of its directory.</param>
/// <param name="PeerId">Its peer id; a node's is known once it has run.</param>
/// <param name="Http">Address of its API.</param>
/// <param name="P2p">Multiaddrs that peers dial.</param>
/// <param name="Pid">Its process while it runs.</param>
internal sealed record TestnetMember(string Name, string? PeerId, string Http, IReadOnlyList<string> P2p, int? Pid);

/// <summary><c>testnet.json</c>: what a local network consists of and what of it runs.</summary>
/// <param name="Origin">The log's name.</param>
/// <param name="Network">The network file.</param>
/// <param name="Authorities">The authorities.</param>
/// <param name="Nodes">The nodes.</param>
internal sealed record TestnetFile(string Origin, string Network, IReadOnlyList<TestnetMember> Authorities, IReadOnlyList<TestnetMember> Nodes)
{
    /// <summary>Authorities, then nodes: the order in which they are started.</summary>
    [JsonIgnore]
    public IEnumerable<TestnetMember> All => Authorities.Concat(Nodes);

    /// <summary>Reads the file of a directory.</summary>
    /// <exception cref="CliException">There is none, or it is no such file.</exception>
    public static TestnetFile Read(string directory)
    {
        var path = PathIn(directory);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), TestnetJsonContext.Default.TestnetFile) is { Authorities: not null, Nodes: not null } file ? file : throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException($"There is no local network in {directory}.", "not-found", $"Make one: pyrsia testnet init --dir {directory}", ExitCode.NotFound, e);
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} is not understood: {e.Message}", "bad-file", "Remove the directory and make the network anew.", ExitCode.Failed, e);
        }
    }

    public static string PathIn(string directory) => Path.Combine(directory, "testnet.json");

    /// <summary>Replaces the file; a reader sees the old content or the new.</summary>
    public void Write(string directory) => DurableFile.Write(PathIn(directory), JsonSerializer.SerializeToUtf8Bytes(this, TestnetJsonContext.Default.TestnetFile));

    /// <summary>The same with one member replaced by name.</summary>
    public TestnetFile With(TestnetMember member) => this with
    {
        Authorities = [.. Authorities.Select(a => a.Name == member.Name ? member : a)],
        Nodes = [.. Nodes.Select(n => n.Name == member.Name ? member : n)],
    };
}

/// <summary>What <c>pyrsia-authority init</c> prints: the public half of a new authority.</summary>
internal sealed record AuthorityKeys(string Name, string Organisation, string PeerId, string VoteKey, string Cosigner, string Log, string BuilderKey);

/// <summary>The configuration file of a process: options by their names.</summary>
internal sealed record ProcessConfiguration(
    [property: JsonPropertyName("host")] string Host,
    [property: JsonPropertyName("port")] int Port,
    [property: JsonPropertyName("listen")] IReadOnlyList<string> Listen,
    [property: JsonPropertyName("network")] string Network,
    [property: JsonPropertyName("data-dir")] string DataDirectory,
    [property: JsonPropertyName("upstream")] IReadOnlyList<string> Upstream,
    [property: JsonPropertyName("builder")][property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Builder = null,
    [property: JsonPropertyName("builder-images")][property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? BuilderImages = null,
    [property: JsonPropertyName("docker-socket")][property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DockerSocket = null,
    [property: JsonPropertyName("storage")][property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Storage = null,
    [property: JsonPropertyName("connection-string")][property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ConnectionString = null);

/// <summary>One line of <c>testnet status</c>.</summary>
internal sealed record TestnetStanding(string Name, string Http, int? Pid, string State, int? Peers, long? LogSize);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(TestnetFile))]
[JsonSerializable(typeof(AuthorityKeys))]
[JsonSerializable(typeof(ProcessConfiguration))]
[JsonSerializable(typeof(IReadOnlyList<TestnetStanding>))]
internal sealed partial class TestnetJsonContext : JsonSerializerContext;
