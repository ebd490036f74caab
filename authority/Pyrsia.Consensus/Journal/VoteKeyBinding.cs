using System.Globalization;
using System.Text;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// A file beside the vote key that says which journal the key votes with, so that a key whose journal is lost does not start a new one and
/// vote twice. Text: a first line, the SHA-256 of the public key, then one line an epoch, or one that says that the key came out of a backup
/// and never votes again. A version that does not know that line refuses the file.
/// </summary>
internal sealed class VoteKeyBinding
{
    private const string FirstLine = "pyrsia-vote-key-binding/1";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private readonly string _path;
    private readonly Hash256 _owner;
    private readonly SortedDictionary<ulong, Guid> _journals = [];
    private DateTimeOffset? _restored;

    private VoteKeyBinding(string path, Hash256 owner) => (_path, _owner) = (path, owner);

    /// <summary>Reads the binding; one of another key counts as none.</summary>
    /// <exception cref="ConsensusDataException">The file is not a binding.</exception>
    public static VoteKeyBinding Read(string path, Hash256 owner)
    {
        var binding = new VoteKeyBinding(path, owner);
        if (!File.Exists(path)) return binding;
        var lines = File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length < 2 || lines[0] != FirstLine || !lines[1].StartsWith("key ", StringComparison.Ordinal))
            throw new ConsensusDataException($"{path} is not a vote key binding");
        if (lines[1] != $"key {owner}") return binding;
        foreach (var line in lines[2..])
        {
            var words = line.Split(' ');
            if (words is ["restored", var time] && DateTimeOffset.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var restored))
            {
                binding._restored = restored;
                continue;
            }
            if (words is not ["epoch", var epoch, "journal", var id]
                || !ulong.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || !Guid.TryParseExact(id, "N", out var journal) || !binding._journals.TryAdd(number, journal))
                throw new ConsensusDataException($"{path} has a line that is no binding: {line}");
        }
        return binding;
    }

    public Guid? JournalOf(Epoch epoch) => _journals.TryGetValue(epoch.Number, out var id) ? id : null;

    /// <summary>When the key came out of a backup; null when it never did.</summary>
    public DateTimeOffset? Restored => _restored;

    public void Bind(Epoch epoch, Guid journal)
    {
        _journals[epoch.Number] = journal;
        Write();
    }

    public void Retire(DateTimeOffset at)
    {
        _restored = at;
        Write();
    }

    private void Write()
    {
        var text = new StringBuilder().Append(FirstLine).Append('\n').Append("key ").Append(_owner).Append('\n');
        foreach (var (number, id) in _journals)
            text.Append(CultureInfo.InvariantCulture, $"epoch {number} journal {id:N}\n");
        if (_restored is { } restored) text.Append(CultureInfo.InvariantCulture, $"restored {restored.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n");
        DurableFile.Write(_path, Encoding.ASCII.GetBytes(text.ToString()), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
