using System.Globalization;
using System.Text;
using Pyrsia.Contracts;

namespace Pyrsia.Consensus;

/// <summary>
/// A file beside the vote key that says which journal the key votes with, so that a key whose journal is lost does not start a new one and
/// vote twice. Text: a first line, the SHA-256 of the public key, then one line an epoch.
/// </summary>
internal sealed class VoteKeyBinding
{
    private const string FirstLine = "pyrsia-vote-key-binding/1";
    private readonly string _path;
    private readonly Hash256 _owner;
    private readonly SortedDictionary<ulong, Guid> _journals = [];

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
            if (words is not ["epoch", var epoch, "journal", var id]
                || !ulong.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || !Guid.TryParseExact(id, "N", out var journal) || !binding._journals.TryAdd(number, journal))
                throw new ConsensusDataException($"{path} has a line that is no binding: {line}");
        }
        return binding;
    }

    public Guid? JournalOf(Epoch epoch) => _journals.TryGetValue(epoch.Number, out var id) ? id : null;

    public void Bind(Epoch epoch, Guid journal)
    {
        _journals[epoch.Number] = journal;
        var text = new StringBuilder().Append(FirstLine).Append('\n').Append("key ").Append(_owner).Append('\n');
        foreach (var (number, id) in _journals)
            text.Append(CultureInfo.InvariantCulture, $"epoch {number} journal {id:N}\n");
        DurableFile.Write(_path, Encoding.ASCII.GetBytes(text.ToString()), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
