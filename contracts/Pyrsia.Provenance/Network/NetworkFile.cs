using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Notes;

namespace Pyrsia.Provenance.Network;

/// <summary>
/// The one file that a user gets from somebody they trust: the genesis document, and beside it what is local choice - the trust
/// policy, the bootstrap addresses, the DHT prefix and the age that tags may have.
/// </summary>
public sealed class NetworkFile
{
    /// <summary>Longest file, in bytes: 100 authorities and 256 builders need under 256 KiB.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Most bootstrap addresses.</summary>
    public const int MaxBootstrap = 256;

    /// <summary>The DHT prefix of a network that names none; the protocol is then <c>/pyrsia/kad/1.0.0</c>.</summary>
    public const string DefaultDhtPrefix = "/pyrsia";

    /// <summary>How old the checkpoint behind a tag may be unless the file says otherwise.</summary>
    public static readonly TimeSpan DefaultMaxTagAge = TimeSpan.FromHours(24);

    private const int MaxAddressLength = 1024;
    private static readonly TimeSpan LongestTagAge = TimeSpan.FromDays(366);

    /// <summary>Joins the parts of a file.</summary>
    /// <exception cref="ArgumentException">The policy does not parse.</exception>
    public NetworkFile(GenesisDocument genesis, string? policyText = null, ImmutableArray<string>? bootstrap = null, string dhtPrefix = DefaultDhtPrefix, TimeSpan? maxTagAge = null)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        Genesis = genesis;
        PolicyText = policyText ?? genesis.Set.ToPolicy();
        Policy = TrustPolicy.TryParse(PolicyText, out var policy, out var error) ? policy : throw new ArgumentException(error, nameof(policyText));
        Bootstrap = bootstrap ?? [];
        DhtPrefix = dhtPrefix;
        MaxTagAge = maxTagAge ?? DefaultMaxTagAge;
    }

    /// <summary>What hashes to the chain id.</summary>
    public GenesisDocument Genesis { get; }

    /// <summary>The tlog-policy as text.</summary>
    public string PolicyText { get; }

    /// <summary>The tlog-policy.</summary>
    public TrustPolicy Policy { get; }

    /// <summary>Multiaddrs to start from.</summary>
    public ImmutableArray<string> Bootstrap { get; }

    /// <summary>The prefix of the Kademlia protocol.</summary>
    public string DhtPrefix { get; }

    /// <summary>How old the checkpoint behind a tag, <c>latest</c> or metadata may be.</summary>
    public TimeSpan MaxTagAge { get; }

    /// <summary>Parses a network file; the error says which field is wrong and how.</summary>
    /// <param name="bytes">JSON text.</param>
    /// <param name="readPolicy">Reads the file that <c>policy</c> names when it is a path and not a policy; null when there are no files.</param>
    /// <param name="file">The file.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, Func<string, string?>? readPolicy, [NotNullWhen(true)] out NetworkFile? file, [NotNullWhen(false)] out string? error)
    {
        file = null;
        try
        {
            if (bytes.Length > MaxBytes)
                throw new MalformedDocumentException($"longer than {MaxBytes} bytes");
            using var json = JsonValues.Parse(bytes);
            file = Read(new FieldReader(JsonValues.ToCanonical(json.RootElement), ""), readPolicy);
            error = null;
            return true;
        }
        catch (JsonException e)
        {
            error = $"network file: not JSON: {e.Message}";
        }
        catch (MalformedDocumentException e)
        {
            error = $"network file: {e.Message}";
        }

        return false;
    }

    /// <summary>The file as indented JSON, for people to read.</summary>
    public byte[] ToBytes()
    {
        var value = CanonicalObject.Of([
            .. Genesis.ToJson().Members.Select(member => (member.Key, (CanonicalValue?)member.Value)),
            ("policy", PolicyText),
            ("bootstrap", CanonicalArray.Of(Bootstrap.Select(address => (CanonicalValue)address))),
            ("dhtPrefix", DhtPrefix),
            ("maxTagAge", (long)MaxTagAge.TotalSeconds),
        ]);
        using var json = JsonDocument.Parse(value.ToBytes());
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            json.WriteTo(writer);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static NetworkFile Read(FieldReader file, Func<string, string?>? readPolicy)
    {
        var genesis = GenesisDocument.Read(file);
        var policyText = file.String("policy", TrustPolicy.MaxBytes);
        if (!policyText.Contains('\n', StringComparison.Ordinal))
            policyText = readPolicy?.Invoke(policyText) ?? throw file.Wrong("policy", "a tlog-policy, or the path of one that can be read");
        if (!TrustPolicy.TryParse(policyText, out _, out var error))
            throw new MalformedDocumentException(error);
        var bootstrap = file.Has("bootstrap") ? file.Strings("bootstrap", MaxBootstrap, MaxAddressLength) : [];
        var prefix = file.Has("dhtPrefix") ? file.String("dhtPrefix", GenesisDocument.MaxNameLength) : DefaultDhtPrefix;
        if (!prefix.StartsWith('/') || prefix.EndsWith('/'))
            throw file.Wrong("dhtPrefix", "a path such as /pyrsia");
        var age = file.Has("maxTagAge")
            ? TimeSpan.FromSeconds(file.Integer("maxTagAge", 1, (long)LongestTagAge.TotalSeconds))
            : DefaultMaxTagAge;
        file.End();
        return new NetworkFile(genesis, policyText, bootstrap, prefix, age);
    }
}
