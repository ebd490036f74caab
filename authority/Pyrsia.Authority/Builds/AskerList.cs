using System.Text;
using Pyrsia.Curve25519;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Builds;

/// <summary>
/// Whose requests this authority takes, and whose it works on first: a file of the operator with one asker's key in base64 a line, and behind it, parted by a space, <c>first</c> for one that goes
/// before others; <c>#</c> begins a comment. It says what this authority does and nothing about verdicts: a request that another authority took is worked on here too.
/// </summary>
internal sealed class AskerList
{
    /// <summary>Longest file, in bytes: some ten thousand keys.</summary>
    private const int MaxBytes = 1 << 20;

    private const string First = "first";

    private readonly Dictionary<string, bool>? _askers;

    private AskerList(Dictionary<string, bool>? askers) => _askers = askers;

    /// <summary>No list: everybody may ask, and nobody goes before others.</summary>
    internal static AskerList Everybody { get; } = new(null);

    /// <summary>Reads a file.</summary>
    /// <exception cref="StartupException">It cannot be read, or a line of it is none of those.</exception>
    internal static AskerList Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw Wrong(path, $"it has more than {MaxBytes} bytes");
            var askers = new Dictionary<string, bool>(StringComparer.Ordinal);
            var number = 0;
            foreach (var line in File.ReadAllLines(path, Encoding.UTF8))
            {
                number++;
                var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 0) continue;
                if (words.Length > 2 || (words.Length == 2 && words[1] != First) || !IsKey(words[0])) throw Wrong(path, $"line {number} is no key in base64, alone or with '{First}' behind it");
                askers[words[0]] = words.Length == 2;
            }
            return new AskerList(askers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, e.Message);
        }
    }

    /// <summary>Whether an asker may hand in requests here.</summary>
    internal bool Admits(Ed25519PublicKey asker) => _askers is null || _askers.ContainsKey(NameOf(asker));

    /// <summary>Whether what an asker asks for is worked on before that of others.</summary>
    internal bool GoesFirst(Ed25519PublicKey asker) => _askers is not null && _askers.GetValueOrDefault(NameOf(asker));

    /// <summary>How the file spells a key.</summary>
    internal static string NameOf(Ed25519PublicKey asker) => Convert.ToBase64String(asker.Bytes);

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[Ed25519PublicKey.Length + 1];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == Ed25519PublicKey.Length && Ed25519PublicKey.TryCreate(bytes[..length], out var key) && NameOf(key) == text;
    }

    private static StartupException Wrong(string path, string what) => new($"The list of askers {path} cannot be used: {what}.", "Write one key a line, as an authority names it when it refuses its request.");
}
