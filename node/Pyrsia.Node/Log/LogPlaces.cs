using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pyrsia.Provenance.Ledger;

namespace Pyrsia.Node.Log;

/// <summary>What a place in the log is kept under.</summary>
internal enum PlaceOf : byte
{
    /// <summary>By request id: its entries, as <see cref="RequestPlaces"/> packs them.</summary>
    Request,

    /// <summary>By coordinate: the requests for it.</summary>
    Coordinate,

    /// <summary>By coordinate: the verdicts that name it beside their own.</summary>
    AlsoNamed,

    /// <summary>By coordinate: the verdict that it answers with.</summary>
    Name,

    /// <summary>By the beginning of a name, its last colon included: the rest of it.</summary>
    NameUnder,

    /// <summary>By digest: the verdict that vouches for it.</summary>
    Output,

    /// <summary>By name: the verdict that a plain file's coordinate answers with.</summary>
    File,

    /// <summary>By Maven coordinates: the verdicts that answer for that version.</summary>
    MavenVersion,

    /// <summary>By path: the verdict of a file of a snapshot.</summary>
    MavenFile,

    /// <summary>By group and artifact: the versions.</summary>
    MavenVersions,

    /// <summary>By group: the artifacts.</summary>
    MavenArtifacts,

    /// <summary>By coordinate: the proposal of the mapping that holds.</summary>
    Mapping,

    /// <summary>By coordinate: the approval by which it holds.</summary>
    MappingApproval,

    /// <summary>By proposal id: the approval that decided it.</summary>
    Decided,

    /// <summary>By coordinate: the verdict that did not verify it.</summary>
    Unverified,

    /// <summary>By digest: the verdicts that did not verify it.</summary>
    UnverifiedOutput,
}

/// <summary>
/// Where in the log things stand, by what they are asked for: a few bytes each and nothing of the entries, which whoever asks reads there, and sees whether they are
/// what he wants. Any thread may ask; one adds.
/// </summary>
internal sealed class LogPlaces
{
    /// <summary>
    /// Bytes of a key, of a SHA-256 that nobody outside can compute. That two of a million rows share one happens in one process of thirty million; then one of the two is not
    /// found until the next start, for whoever reads sees that the entry is another.
    /// </summary>
    private const int KeyLength = 8;

    /// <summary>Bytes before a word: where the one before it begins, and its length.</summary>
    private const int WordHead = 8;

    private const uint None = uint.MaxValue;

    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private readonly ChunkedList<(uint Place, uint Before)> _chains = new();
    private readonly ChunkedList<byte> _words = new();
    private readonly Lock _gate = new();
    private RowTable _table = RowTable.Create(KeyLength, sizeof(uint));

    /// <summary>The place under a key; null when there is none.</summary>
    internal long? Find(PlaceOf kind, ReadOnlySpan<byte> key)
    {
        lock (_gate) return Head(kind, key) is var place and not None ? place : null;
    }

    internal long? Find(PlaceOf kind, string key) => Find(kind, Encoding.UTF8.GetBytes(key));

    /// <summary>Puts a place under a key, instead of the one that is there; null takes it away.</summary>
    internal void Set(PlaceOf kind, ReadOnlySpan<byte> key, long? place)
    {
        lock (_gate) SetHead(kind, key, place is { } at ? Narrow(at) : None);
    }

    internal void Set(PlaceOf kind, string key, long? place) => Set(kind, Encoding.UTF8.GetBytes(key), place);

    /// <summary>The places under a key that has several, in the order in which they were added.</summary>
    internal IReadOnlyList<long> All(PlaceOf kind, ReadOnlySpan<byte> key)
    {
        var places = new List<long>();
        lock (_gate)
        {
            for (var at = Head(kind, key); at != None;)
            {
                var (place, before) = _chains[at];
                places.Add(place);
                at = before;
            }
        }
        places.Reverse();
        return places;
    }

    internal IReadOnlyList<long> All(PlaceOf kind, string key) => All(kind, Encoding.UTF8.GetBytes(key));

    /// <summary>Adds a place to those under a key.</summary>
    internal void Add(PlaceOf kind, ReadOnlySpan<byte> key, long place)
    {
        lock (_gate)
        {
            _chains.Add((Narrow(place), Head(kind, key)));
            SetHead(kind, key, Narrow(_chains.Count - 1));
        }
    }

    internal void Add(PlaceOf kind, string key, long place) => Add(kind, Encoding.UTF8.GetBytes(key), place);

    /// <summary>The words under a key, in the order in which they were added.</summary>
    internal IReadOnlyList<byte[]> Words(PlaceOf kind, ReadOnlySpan<byte> key)
    {
        var words = new List<byte[]>();
        lock (_gate)
        {
            for (var at = Head(kind, key); at != None;)
            {
                var head = ReadBytes(at, WordHead);
                words.Add(ReadBytes(at + WordHead, BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4))));
                at = BinaryPrimitives.ReadUInt32BigEndian(head);
            }
        }
        words.Reverse();
        return words;
    }

    internal IReadOnlyList<string> Words(PlaceOf kind, string key) => [.. Words(kind, Encoding.UTF8.GetBytes(key)).Select(Encoding.UTF8.GetString)];

    /// <summary>Adds a word to those under a key.</summary>
    internal void AddWord(PlaceOf kind, ReadOnlySpan<byte> key, byte[] word)
    {
        var head = new byte[WordHead];
        lock (_gate)
        {
            BinaryPrimitives.WriteUInt32BigEndian(head, Head(kind, key));
            BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), word.Length);
            var at = Narrow(_words.Count);
            foreach (var b in head) _words.Add(b);
            foreach (var b in word) _words.Add(b);
            SetHead(kind, key, at);
        }
    }

    internal void AddWord(PlaceOf kind, string key, string word) => AddWord(kind, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(word));

    private uint Head(PlaceOf kind, ReadOnlySpan<byte> key) => _table.TryFind(KeyOf(kind, key), out var value) ? BinaryPrimitives.ReadUInt32BigEndian(value) : None;

    private void SetHead(PlaceOf kind, ReadOnlySpan<byte> key, uint head)
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(value, head);
        _table = _table.With(KeyOf(kind, key), value);
    }

    private byte[] ReadBytes(long at, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++) bytes[i] = _words[at + i];
        return bytes;
    }

    private byte[] KeyOf(PlaceOf kind, ReadOnlySpan<byte> key)
    {
        byte[] salted = [.. _salt, (byte)kind, .. key];
        return SHA256.HashData(salted)[..KeyLength];
    }

    private static uint Narrow(long place) => place is >= 0 and < None ? (uint)place : throw new LogStoreException($"The index has no room for entry {place}.");
}
