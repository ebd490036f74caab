using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Pyrsia.Consensus;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>
/// A journal as rows. The key of a vote's row is its slot and the key of a batch its number, so that a second running copy can write neither; a batch whose outcome was
/// lost with the connection is recognised when it is written again.
/// </summary>
internal sealed class PostgresJournal : IJournalStorage
{
    private readonly PostgresDatabase _database;
    private readonly List<JournalRecordRow> _records = [];
    private readonly List<VoteRow> _votes = [];
    private long _batch;

    private PostgresJournal(PostgresDatabase database, JournalRow journal, long batch, string? refusal)
    {
        (_database, _batch, Refusal) = (database, batch, refusal);
        Header = new JournalHeader(journal.Id, new Hash256(journal.Owner), new Epoch((ulong)journal.Epoch), (ulong)journal.Floor);
    }

    public string Place => _database.Place;

    public JournalHeader Header { get; private set; }

    public long Length { get; private set; }

    public string? Refusal { get; }

    private long Epoch => (long)Header.Epoch.Number;

    /// <summary>Opens the journal of an epoch, or begins it.</summary>
    /// <param name="database">Where it is.</param>
    /// <param name="owner">The SHA-256 of the vote key.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="refusal">Why this copy must not write to it; it then remembers nothing, since it says nothing.</param>
    internal static PostgresJournal Open(PostgresDatabase database, Hash256 owner, Epoch epoch, string? refusal)
    {
        var number = (long)epoch.Number;
        database.Write(context =>
        {
            if (context.Journals.Any(j => j.Epoch == number)) return;
            context.Add(new JournalRow { Epoch = number, Id = new Guid(RandomNumberGenerator.GetBytes(16)), Owner = owner.ToArray(), Floor = 0, Closed = 0 });
            try
            {
                context.SaveChanges();
            }
            catch (DbUpdateException e) when (PostgresDatabase.IsTaken(e))
            {
                // Begun by another copy, or by a try before this one.
            }
        });
        return database.Read(context => new PostgresJournal(
            database, context.Journals.Single(j => j.Epoch == number), (context.JournalRecords.Where(r => r.Epoch == number).Max(r => (long?)r.Batch) ?? -1) + 1, refusal));
    }

    /// <summary>Opens the journal of an epoch to read it alone; null when it was not begun.</summary>
    internal static PostgresJournal? OpenForReading(PostgresDatabase database, Epoch epoch)
    {
        var number = (long)epoch.Number;
        return database.Read(context => context.Journals.SingleOrDefault(j => j.Epoch == number)) is { } journal ? new PostgresJournal(database, journal, 0, null) : null;
    }

    public void ReadAll(Action<JournalRecordKind, ReadOnlyMemory<byte>> record)
    {
        foreach (var row in _database.Read(context => context.JournalRecords.Where(r => r.Epoch == Epoch).OrderBy(r => r.Batch).ThenBy(r => r.Position).ToList()))
        {
            record((JournalRecordKind)row.Kind, row.Payload);
            Length += row.Payload.Length;
        }
    }

    public void Add(JournalRecordKind kind, VoteSlot? slot, ReadOnlySpan<byte> payload)
    {
        var row = new JournalRecordRow { Epoch = Epoch, Batch = _batch, Position = _records.Count, Kind = (short)kind, Payload = payload.ToArray() };
        _records.Add(row);
        if (slot is { } vote) _votes.Add(new VoteRow { Epoch = Epoch, View = (long)vote.View.Number, Slot = (short)vote.Number, Vote = row.Payload });
    }

    public void Commit()
    {
        if (_records.Count > 0 && Refusal is null)
        {
            _database.Write(context => Save(context, _records, _votes));
            Length += _records.Sum(r => (long)r.Payload.Length);
            _batch++;
        }
        _records.Clear();
        _votes.Clear();
    }

    public void Replace(IEnumerable<(JournalRecordKind Kind, VoteSlot? Slot, byte[] Payload)> records, ulong floor, View closed)
    {
        if (Refusal is not null) return;
        var rows = records.Select((r, i) => new JournalRecordRow { Epoch = Epoch, Batch = _batch, Position = i, Kind = (short)r.Kind, Payload = r.Payload }).ToList();
        floor = Math.Max(floor, Header.Floor);
        var last = (long)closed.Number;
        _database.Write(context =>
        {
            using var transaction = context.Database.BeginTransaction();
            // The journal's row comes first: who signs reads it under a lock, so no vote comes in for a view whose votes are being forgotten.
            context.Journals.Where(j => j.Epoch == Epoch).ExecuteUpdate(set => set.SetProperty(j => j.Floor, (long)floor).SetProperty(j => j.Closed, j => Math.Max(j.Closed, last)));
            context.JournalRecords.Where(r => r.Epoch == Epoch && r.Batch < _batch).ExecuteDelete();
            context.Votes.Where(v => v.Epoch == Epoch && v.View <= last).ExecuteDelete();
            if (Save(context, rows, [])) transaction.Commit();
        });
        Length = rows.Sum(r => (long)r.Payload.Length);
        Header = Header with { Floor = floor };
        _batch++;
    }

    public void Dispose()
    {
        // The database is its owner's.
    }

    /// <summary>Saves a batch by one statement, and so as a whole; false when it is there already.</summary>
    /// <exception cref="ConsensusDataException">Another copy has written in its place.</exception>
    private bool Save(AuthorityContext context, List<JournalRecordRow> batch, List<VoteRow> votes)
    {
        var positions = batch.Select(r => r.Position).ToArray();
        var kinds = batch.Select(r => r.Kind).ToArray();
        var payloads = batch.Select(r => r.Payload).ToArray();
        var views = votes.Select(v => v.View).ToArray();
        var slots = votes.Select(v => v.Slot).ToArray();
        var signed = votes.Select(v => v.Vote).ToArray();
        try
        {
            var written = votes.Count == 0
                ? context.Database.ExecuteSql($"""
                    insert into journal_records (epoch, batch, position, kind, payload) select {Epoch}, {_batch}, r.* from unnest({positions}, {kinds}, {payloads}) as r
                    """)
                : context.Database.ExecuteSql($"""
                    with journal as (select closed from journals where epoch = {Epoch} for share),
                    late as (select 1 from journal, unnest({views}) as v(view) where v.view <= journal.closed),
                    signed as (insert into votes (epoch, view, slot, vote) select {Epoch}, v.* from unnest({views}, {slots}, {signed}) as v where not exists (select from late))
                    insert into journal_records (epoch, batch, position, kind, payload) select {Epoch}, {_batch}, r.* from unnest({positions}, {kinds}, {payloads}) as r where not exists (select from late)
                    """);
            if (written < batch.Count) throw new ConsensusDataException($"{Place}: a view of the votes that were to be signed is closed, and no vote is taken for it");
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            var number = _batch;
            var stored = _database.Once(other => other.JournalRecords.Where(r => r.Epoch == Epoch && r.Batch == number).OrderBy(r => r.Position).ToList());
            if (stored.Count == batch.Count && stored.Zip(batch).All(pair => pair.First.Kind == pair.Second.Kind && pair.First.Payload.AsSpan().SequenceEqual(pair.Second.Payload))) return false;
            throw new ConsensusDataException($"another running copy of this authority votes from {Place}: this one has sent nothing of what it was about to sign");
        }
    }
}
