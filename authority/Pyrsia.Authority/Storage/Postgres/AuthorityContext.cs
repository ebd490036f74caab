using Microsoft.EntityFrameworkCore;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>The tables of one authority. They stand in the schema that the connection's search path names first, so that several authorities can share a server.</summary>
internal sealed class AuthorityContext(DbContextOptions<AuthorityContext> options) : DbContext(options)
{
    internal DbSet<AuthorityRow> Authority => Set<AuthorityRow>();

    internal DbSet<CopyRow> Copies => Set<CopyRow>();

    internal DbSet<JournalRow> Journals => Set<JournalRow>();

    internal DbSet<JournalRecordRow> JournalRecords => Set<JournalRecordRow>();

    internal DbSet<VoteRow> Votes => Set<VoteRow>();

    internal DbSet<BlockRow> Blocks => Set<BlockRow>();

    internal DbSet<TileRow> Tiles => Set<TileRow>();

    internal DbSet<LeafRow> Tail => Set<LeafRow>();

    internal DbSet<LogDocumentRow> LogDocuments => Set<LogDocumentRow>();

    internal DbSet<PayloadRow> Payloads => Set<PayloadRow>();

    internal DbSet<DocumentRow> Documents => Set<DocumentRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        Table<AuthorityRow>(modelBuilder, "authority", row => row.HasKey(r => r.Id));
        Table<CopyRow>(modelBuilder, "copies", row => row.HasKey(r => r.Id));
        Table<JournalRow>(modelBuilder, "journals", row => row.HasKey(r => r.Epoch));
        Table<JournalRecordRow>(modelBuilder, "journal_records", row => row.HasKey(r => new { r.Epoch, r.Batch, r.Position }));
        Table<VoteRow>(modelBuilder, "votes", row => row.HasKey(r => new { r.Epoch, r.View, r.Slot }));
        Table<BlockRow>(modelBuilder, "blocks", row =>
        {
            row.HasKey(r => r.Height);
            row.HasIndex(r => new { r.Epoch, r.View }).HasDatabaseName("blocks_of_view");
        });
        Table<TileRow>(modelBuilder, "log_tiles", row => row.HasKey(r => new { r.Level, r.Index }));
        Table<LeafRow>(modelBuilder, "log_tail", row => row.HasKey(r => r.Index));
        Table<LogDocumentRow>(modelBuilder, "log_documents", row => row.HasKey(r => r.Name));
        Table<PayloadRow>(modelBuilder, "log_payloads", row => row.HasKey(r => r.Digest));
        Table<DocumentRow>(modelBuilder, "documents", row => row.HasKey(r => new { r.Folder, r.Name }));
        Table<JobRow>(modelBuilder, "build_jobs", row => row.HasKey(r => new { r.Request, r.Attempt, r.Phase }));
        Table<JobLogRow>(modelBuilder, "build_job_logs", row =>
        {
            row.HasKey(r => new { r.Lease, r.Number });
            row.HasOne<JobRow>().WithMany().HasForeignKey(r => new { r.Request, r.Attempt, r.Phase }).HasConstraintName("build_job_logs_job").OnDelete(DeleteBehavior.Cascade);
            row.HasIndex(r => new { r.Request, r.Attempt, r.Phase }).HasDatabaseName("build_job_logs_of_job");
        });
        Table<WorkerRow>(modelBuilder, "build_workers", row => row.HasKey(r => r.Id));
    }

    /// <summary>Columns are named as SQL names them, and no key is made up by the database.</summary>
    private static void Table<T>(ModelBuilder model, string name, Action<Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<T>> key)
        where T : class
    {
        var entity = model.Entity<T>();
        entity.ToTable(name);
        key(entity);
        entity.Metadata.FindPrimaryKey()!.SetName($"{name}_key");
        foreach (var property in entity.Metadata.GetProperties())
        {
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            property.ValueGenerated = Microsoft.EntityFrameworkCore.Metadata.ValueGenerated.Never;
        }
    }
}
