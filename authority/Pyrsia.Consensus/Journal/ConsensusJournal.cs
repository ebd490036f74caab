namespace Pyrsia.Consensus;

/// <summary>
/// What this participant signed and must not forget, one journal an epoch. Votes and what they depend on are added and durable before they
/// are sent; when the journal has grown, what is final is left behind in a fresh one.
/// </summary>
public sealed class ConsensusJournal : IDisposable
{
    private readonly IJournalStorage _storage;
    private readonly JournalRecordCodec _codec;

    private ConsensusJournal(IJournalStorage storage, JournalRecordCodec codec, IReadOnlyList<JournalRecord> records, string? refusal)
    {
        (_storage, _codec) = (storage, codec);
        (Records, RefusalToVote) = (records, refusal);
    }

    /// <summary>Why the key must not vote, in words; null when it may. It follows all the same.</summary>
    public string? RefusalToVote { get; }

    /// <summary>Names the journal; the vote key is bound to it.</summary>
    public Guid Id => _storage.Header.Id;

    /// <summary>The height that was final when the journal was begun.</summary>
    public ulong Floor => _storage.Header.Floor;

    /// <summary>Bytes in the journal.</summary>
    public long Length => _storage.Length;

    internal IReadOnlyList<JournalRecord> Records { get; }

    /// <summary>Opens the journal of an epoch as a file, or begins it where the key never had one.</summary>
    /// <param name="directory">Where journals are; created if missing.</param>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="chainId">The chain.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="participants">Size of the set.</param>
    /// <exception cref="ConsensusDataException">A file is damaged in the middle, of another chain or key, or of a newer version.</exception>
    public static ConsensusJournal Open(
        string directory, string bindingPath, ReadOnlySpan<byte> publicKey, Hash256 chainId, Epoch epoch, int participants) =>
        Open(JournalFile.Open(directory, Hash256.Of(publicKey), chainId, epoch), bindingPath, publicKey, epoch, participants);

    /// <summary>
    /// Reads the journal in a storage, which it owns from then on. A key that is bound to a journal that is not here gets one that it must not
    /// vote with.
    /// </summary>
    /// <param name="storage">The journal.</param>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="participants">Size of the set.</param>
    /// <exception cref="ConsensusDataException">It is damaged, of another key, or of a newer version.</exception>
    public static ConsensusJournal Open(IJournalStorage storage, string bindingPath, ReadOnlySpan<byte> publicKey, Epoch epoch, int participants)
    {
        ArgumentNullException.ThrowIfNull(storage);
        try
        {
            var owner = Hash256.Of(publicKey);
            var codec = new JournalRecordCodec(participants);
            var records = ReadAll(storage, codec, owner, epoch);
            var binding = VoteKeyBinding.Read(bindingPath, owner);
            var refusal = Refusal(storage, binding);
            if (refusal is null && binding.JournalOf(epoch) is null) binding.Bind(epoch, storage.Header.Id);
            return new ConsensusJournal(storage, codec, records, refusal);
        }
        catch
        {
            storage.Dispose();
            throw;
        }
    }

    /// <summary>Tells what a journal holds, and changes nothing.</summary>
    /// <param name="storage">The journal; stays its owner's.</param>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="participants">Size of the set.</param>
    /// <exception cref="ConsensusDataException">It is damaged, of another key, or of a newer version.</exception>
    public static JournalReport Inspect(IJournalStorage storage, string bindingPath, ReadOnlySpan<byte> publicKey, Epoch epoch, int participants)
    {
        ArgumentNullException.ThrowIfNull(storage);
        var owner = Hash256.Of(publicKey);
        var records = ReadAll(storage, new JournalRecordCodec(participants), owner, epoch);
        var views = records.OfType<VoteRecord>().Select(record => record.Vote.View).ToList();
        var stopped = records.OfType<StoppedRecord>().FirstOrDefault()?.Reason;
        return new JournalReport(
            storage.Header, storage.Length, records.Count, views.Count, views.DefaultIfEmpty(View.Genesis).Max(), records.OfType<EntryRecord>().Count(),
            Refusal(storage, VoteKeyBinding.Read(bindingPath, owner)) ?? stopped);
    }

    /// <summary>Why the key must not vote with a journal that is yet to be begun, in words; null when it may.</summary>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="epoch">The epoch.</param>
    /// <exception cref="ConsensusDataException">The file is none that binds a key.</exception>
    public static string? RefusalToBegin(string bindingPath, ReadOnlySpan<byte> publicKey, Epoch epoch) => Refusal(VoteKeyBinding.Read(bindingPath, Hash256.Of(publicKey)), epoch, null);

    /// <summary>Says beside a vote key that it came out of a backup, so that it never votes again: nobody knows what it has signed since.</summary>
    /// <param name="bindingPath">The file beside the vote key.</param>
    /// <param name="publicKey">The vote key's public part.</param>
    /// <param name="at">The time of now.</param>
    /// <exception cref="ConsensusDataException">There is a file that is none that binds a key.</exception>
    public static void Retire(string bindingPath, ReadOnlySpan<byte> publicKey, DateTimeOffset at) => VoteKeyBinding.Read(bindingPath, Hash256.Of(publicKey)).Retire(at);

    /// <inheritdoc/>
    public void Dispose() => _storage.Dispose();

    internal void Append(JournalRecord record) => _storage.Add(record.Kind, SlotOf(record), _codec.Encode(record));

    internal void Sync() => _storage.Commit();

    /// <summary>Begins the journal anew with what is still needed.</summary>
    internal void Replace(IEnumerable<JournalRecord> records, ulong floor, View closed) =>
        _storage.Replace(records.Select(r => (r.Kind, SlotOf(r), _codec.Encode(r).ToArray())), floor, closed);

    private static VoteSlot? SlotOf(JournalRecord record) => record is VoteRecord { Vote: var vote } ? VoteSlot.Of(vote) : null;

    private static List<JournalRecord> ReadAll(IJournalStorage storage, JournalRecordCodec codec, Hash256 owner, Epoch epoch)
    {
        if (storage.Header.Owner != owner || storage.Header.Epoch != epoch)
            throw new ConsensusDataException($"{storage.Place} was written by another vote key or for another epoch");
        var records = new List<JournalRecord>();
        storage.ReadAll((kind, payload) => records.Add(
            codec.Decode(kind, payload.Span) ?? throw new ConsensusDataException($"{storage.Place} holds a record, number {records.Count}, that this version does not know")));
        return records;
    }

    private static string? Refusal(IJournalStorage storage, VoteKeyBinding binding)
    {
        if (storage.Refusal is { } held) return held;
        return Refusal(binding, storage.Header.Epoch, storage.Header.Id);
    }

    private static string? Refusal(VoteKeyBinding binding, Epoch epoch, Guid? journal)
    {
        if (binding.Restored is { } at)
            return $"its vote key was restored from a backup at {at:u}, and may have signed what the backup does not know; so it only follows until a set change brings a new key";
        if (binding.JournalOf(epoch) is not { } bound || bound == journal) return null;
        return $"the vote key is bound to journal {bound:N} of {epoch}, which is not here; without it the key might sign twice, so it only follows until a set change brings a new key";
    }
}
