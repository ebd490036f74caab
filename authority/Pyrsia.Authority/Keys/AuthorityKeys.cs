using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Contracts;
using Pyrsia.Curve25519;
using Pyrsia.Keys;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Attestations;

namespace Pyrsia.Authority.Keys;

/// <summary>The keys of one authority: files of its data directory that only their owner may read, encrypted or not, or names of keys in a token; made once and never silently replaced.</summary>
public sealed class AuthorityKeys : IDisposable
{
    private const string Folder = "keys";
    private const string BuilderName = "builder";
    private const string HowToMake = "Make an authority's keys with: pyrsia-authority init --data-dir DIR --name NAME --organisation ORG --origin ORIGIN";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The keys that have a file each in the folder, or their name in a token there.</summary>
    internal static readonly ImmutableArray<string> Names = ["vote", "cosigner", "log", BuilderName];

    /// <summary>The first key of consensus votes, which the network file names.</summary>
    public IEd25519Signer Vote => Votes[0].Signer;

    /// <summary>All keys of consensus votes, the newest last: a set change can name another than the network file does.</summary>
    public required ImmutableArray<VoteKey> Votes { get; init; }

    /// <summary>The key of checkpoint cosignatures.</summary>
    public required IEd25519Signer Cosigner { get; init; }

    /// <summary>The key of log signatures.</summary>
    public required IEd25519Signer Log { get; init; }

    /// <summary>The key of attestations.</summary>
    public required P256PrivateKey Builder { get; init; }

    /// <summary>The libp2p identity.</summary>
    public required KeyPair Identity { get; init; }

    /// <summary>Makes all keys of a new authority.</summary>
    /// <param name="dataDirectory">The authority's data directory.</param>
    /// <param name="secrets">With a passphrase the keys are encrypted; a PIN opens the token.</param>
    /// <param name="inToken">The URIs of keys that are in a token already, by name.</param>
    /// <exception cref="StartupException">There are keys already, the directory cannot be written, or a key in the token does not sign.</exception>
    public static AuthorityKeys Create(string dataDirectory, KeySecrets secrets, IReadOnlyDictionary<string, string>? inToken = null)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        if (Directory.Exists(folder)) throw new StartupException($"{folder} has keys already; they are never replaced.", "Use another --data-dir for a new authority.");
        CheckTokens(inToken, secrets);
        try
        {
            DurableFile.CreateDirectory(folder);
            foreach (var name in Names) DurableFile.Write(PathOf(folder, name), inToken?.GetValueOrDefault(name) is { } uri ? Encoding.UTF8.GetBytes(uri + "\n") : Make(name, secrets), OwnerOnly);
            NodeIdentity.LoadOrCreate(dataDirectory, secrets);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The keys cannot be written to {folder}: {e.Message}", "Give a directory that this user may write with --data-dir.", inner: e);
        }
        return Load(dataDirectory, secrets);
    }

    /// <summary>Reads the keys of an authority.</summary>
    /// <exception cref="StartupException">A key is missing, malformed, readable by others, or locked otherwise.</exception>
    public static AuthorityKeys Load(string dataDirectory, KeySecrets secrets)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        try
        {
            return new AuthorityKeys
            {
                Votes = OpenVotes(folder, secrets),
                Cosigner = KeyFile.OpenEd25519(PathOf(folder, "cosigner"), secrets),
                Log = KeyFile.OpenEd25519(PathOf(folder, "log"), secrets),
                Builder = OpenBuilder(PathOf(folder, BuilderName), secrets),
                Identity = NodeIdentity.Load(dataDirectory, secrets),
            };
        }
        catch (KeyFileException e)
        {
            throw new StartupException($"The keys in {folder} cannot be used: {e.Message}.", Directory.Exists(folder) ? e.Advice : HowToMake, inner: e);
        }
        catch (CryptographicException e)
        {
            throw new StartupException($"The keys in {folder} cannot be used: {PathOf(folder, BuilderName)} holds no P-256 key ({e.Message})", "Restore it from a backup.", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var vote in Votes) vote.Signer.Dispose();
        Cosigner.Dispose();
        Log.Dispose();
        Builder.Dispose();
    }

    /// <summary>Makes another vote key, for a set change to name. The ones before it stay.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="StartupException">It cannot be written.</exception>
    public static string AddVoteKey(string dataDirectory, KeySecrets secrets)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        var number = 2;
        while (File.Exists(PathOf(folder, VoteName(number)))) number++;
        try
        {
            DurableFile.Write(PathOf(folder, VoteName(number)), Make(VoteName(number), secrets), OwnerOnly);
            return VoteName(number);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The key cannot be written to {folder}: {e.Message}", "Run it as the user who runs the authority.", inner: e);
        }
    }

    private static ImmutableArray<VoteKey> OpenVotes(string folder, KeySecrets secrets)
    {
        var votes = ImmutableArray.Create(new VoteKey("vote", KeyFile.OpenEd25519(PathOf(folder, "vote"), secrets)));
        for (var number = 2; File.Exists(PathOf(folder, VoteName(number))); number++)
            votes = votes.Add(new VoteKey(VoteName(number), KeyFile.OpenEd25519(PathOf(folder, VoteName(number)), secrets)));
        return votes;
    }

    private static string VoteName(int number) => string.Create(CultureInfo.InvariantCulture, $"vote-{number}");

    private static string PathOf(string folder, string name) => Path.Combine(folder, name + ".key");

    private static byte[] Make(string name, KeySecrets secrets)
    {
        if (name == BuilderName)
        {
            using var builder = P256PrivateKey.Generate();
            return KeyFile.EncodePem(builder.ExportPkcs8(), secrets);
        }
        using var key = Ed25519PrivateKey.Generate();
        return KeyFile.Encode(key, secrets);
    }

    private static P256PrivateKey OpenBuilder(string path, KeySecrets secrets) =>
        KeyFile.ReadTokenUri(path) is { } uri ? P256PrivateKey.Of(TokenEcdsa.Open(uri, secrets.Pin)) : P256PrivateKey.FromPkcs8(KeyFile.ReadPkcs8(path, secrets));

    /// <summary>Has each key in a token sign before anything is written.</summary>
    private static void CheckTokens(IReadOnlyDictionary<string, string>? keys, KeySecrets secrets)
    {
        foreach (var (name, text) in keys ?? new Dictionary<string, string>())
        {
            try
            {
                if (!TokenUri.TryParse(text, out var uri, out var error)) throw new KeyFileException($"'{text}': {error}", "Write it as pkcs11:token=LABEL;object=LABEL?module-path=/PATH/TO/MODULE.so");
                using IDisposable key = name == BuilderName ? TokenEcdsa.Open(uri, secrets.Pin) : TokenEd25519Key.Open(uri, secrets.Pin);
            }
            catch (KeyFileException e)
            {
                throw new StartupException($"The {name} key cannot be used: {e.Message}.", e.Advice, inner: e);
            }
        }
    }
}
