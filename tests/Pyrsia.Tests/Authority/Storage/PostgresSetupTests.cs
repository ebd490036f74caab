using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;
using Pyrsia.Testing.Postgres;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresSetupTests(PostgresFixture postgres)
{
    /// <summary>A row for every table, as the version that made the table takes it.</summary>
    private static readonly (string Table, string Row)[] SampleRows =
    [
        ("authority", @"1, '\x07', 'a1'"), ("copies", "gen_random_uuid(), 'host', 7, now(), now()"), ("votes", @"0, 7, 1, '\x01'"), ("blocks", @"1, 0, 7, '\x02', '\x03'"),
        ("journals", @"0, gen_random_uuid(), '\x04', 3"), ("journal_records", @"0, 0, 0, 1, '\x05'"),
        ("log_tail", @"0, '\x06'"), ("log_tiles", @"-1, 0, '\x07'"), ("log_documents", @"'checkpoint', '\x08'"), ("log_payloads", @"'\x09', '\x0a'"),
        ("documents", @"'evidence', 'one', '\x0b'"),
        ("build_jobs", @"'\x0c', 1, 2, 3, 4, '\x0d', '\x0e', '\x0f', '\x10', now(), 1, gen_random_uuid(), gen_random_uuid(), now(), null, null"),
        ("build_job_logs", @"gen_random_uuid(), 0, '\x0c', 1, 2, '\x11'"), ("build_workers", @"gen_random_uuid(), 'peer', 'host', 7, array['\x12'::bytea], now()"),
    ];

    [Fact]
    public async Task The_tables_are_those_of_the_model()
    {
        using var database = await postgres.NewDatabaseAsync();
        Assert.False(database.Once(context => context.Database.HasPendingModelChanges()));
        Assert.Empty(database.Once(context => context.Database.GetPendingMigrations()));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> EarlierVersions()
    {
        using var database = new PostgresDatabase("Host=none", TimeProvider.System);
        return [.. database.Once(context => context.Database.GetMigrations().ToArray())[..^1]];
    }

    [Theory]
    [MemberData(nameof(EarlierVersions))]
    public async Task A_database_of_an_earlier_version_is_refused_and_goes_forward_with_its_data(string version)
    {
        using var database = new PostgresDatabase(await postgres.NewSchemaAsync(), TimeProvider.System);
        Sql(database, $"create schema {database.Schema}");
        database.Once(context =>
        {
            context.GetService<IMigrator>().Migrate(version);
            return true;
        });
        var questions = Questions(database);
        foreach (var (table, row) in SampleRows.Where(sample => questions.Any(question => question.EndsWith($" {sample.Table}", StringComparison.Ordinal))))
            Sql(database, $"insert into {table} values ({row})");
        string[] before = [.. questions.SelectMany(question => Strings(database, question))];
        Assert.All(before, rows => Assert.Contains("|1|(", rows, StringComparison.Ordinal));
        Assert.Contains("pyrsia-authority migrate", Refused(database, PostgresFixture.Chain, "a1").Advice, StringComparison.Ordinal);

        var applied = database.Once(context => PostgresSetup.Migrate(database, context));
        Assert.NotEmpty(applied);
        Assert.Equal(before, questions.SelectMany(question => Strings(database, question)));
        Assert.Empty(database.Once(context => context.Database.GetPendingMigrations()));
    }

    [Fact]
    public async Task The_script_makes_of_every_version_what_the_program_makes()
    {
        using var made = await postgres.NewDatabaseAsync();
        var script = made.Once(PostgresSetup.Script);
        foreach (var version in (string?[])[null, .. EarlierVersions().Select(row => row.Data)])
        {
            using var database = new PostgresDatabase(await postgres.NewSchemaAsync(), TimeProvider.System);
            Sql(database, $"create schema {database.Schema}");
            if (version is not null)
            {
                database.Once(context =>
                {
                    context.GetService<IMigrator>().Migrate(version);
                    return true;
                });
            }
            Sql(database, script);
            Sql(database, script);
            Assert.Equal(Columns(made), Columns(database));
            PostgresSetup.Prepare(database, PostgresFixture.Chain, "a1");
        }
    }

    [Fact]
    public async Task A_database_of_another_authority_or_network_is_refused_by_name()
    {
        using var database = await postgres.NewDatabaseAsync();
        PostgresSetup.Prepare(database, PostgresFixture.Chain, "a1");
        Assert.Contains("belongs to authority a1", Refused(database, PostgresFixture.Chain, "a2").Message, StringComparison.Ordinal);
        Assert.Contains("belongs to authority a1", Refused(database, new ChainId(Digest.Of([8])), "a1").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("synchronous_commit", "off")]
    public async Task A_database_that_may_lose_what_it_acknowledged_is_refused(string setting, string value)
    {
        using var database = new PostgresDatabase($"{await postgres.NewSchemaAsync()};Options=-c {setting}={value}", TimeProvider.System);
        Assert.Contains($"{setting} = {value}", Refused(database, PostgresFixture.Chain, "a1").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_flush_or_writes_no_full_pages_is_refused_by_authorities_and_workers()
    {
        await using var server = await PostgresServer.StartAsync(Cancel);
        foreach (var setting in new[] { "fsync", "full_page_writes" })
        {
            await server.StopAsync(Cancel);
            server.Settings[setting] = "off";
            await server.StartAgainAsync(Cancel);
            using var database = new PostgresDatabase(server.ConnectionString("a1"), TimeProvider.System);
            var refused = Refused(database, PostgresFixture.Chain, "a1");
            Assert.Contains($"{setting} = off", refused.Message, StringComparison.Ordinal);
            Assert.Equal($"Set {setting} = on and start again.", refused.Advice);
            Assert.Contains($"{setting} = off", Assert.Throws<StartupException>(() => PostgresSetup.CheckForWorker(database)).Message, StringComparison.Ordinal);
            Assert.Equal(["0"], Strings(database, "select count(*)::text from pg_namespace where nspname = 'a1'"));
            server.Settings.Remove(setting);
        }
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused()
    {
        using var database = await postgres.NewDatabaseAsync();
        database.Write(context => context.Database.ExecuteSqlRaw("insert into \"__EFMigrationsHistory\" values ('29991231235959_Later', '99')"));
        Assert.Contains("29991231235959_Later", Refused(database, PostgresFixture.Chain, "a1").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_is_not_there_is_told_apart_from_one_that_is_wrong()
    {
        using var database = new PostgresDatabase("Host=/nowhere;Database=x;Username=x;Password=secret;Timeout=1", TimeProvider.System);
        var refused = Refused(database, PostgresFixture.Chain, "a1");
        Assert.Contains("does not answer", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    private static void Sql(PostgresDatabase database, string sql)
    {
        using var command = database.Source.CreateCommand(sql);
        command.ExecuteNonQuery();
    }

    /// <summary>Of each table but the one that says of which version they are: what asks for the number of its rows, and for what stands in the columns that it has now.</summary>
    private static string[] Questions(PostgresDatabase database) => Strings(database, """
        select format('select ''%s|'' || count(*) || ''|'' || min(row(%s)::text) from %s', table_name, string_agg(column_name, ', ' order by ordinal_position), table_name)
            from information_schema.columns where table_schema = current_schema() and table_name <> '__EFMigrationsHistory' group by table_name order by table_name
        """);

    private static string[] Strings(PostgresDatabase database, string sql)
    {
        using var command = database.Source.CreateCommand(sql);
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read()) values.Add(reader.GetString(0));
        return [.. values];
    }

    /// <summary>Every column, key and index of a schema.</summary>
    private static string Columns(PostgresDatabase database)
    {
        using var command = database.Source.CreateCommand("""
            select (select string_agg(concat_ws(' ', table_name, column_name, ordinal_position, data_type, is_nullable, column_default), ';' order by table_name, ordinal_position)
                from information_schema.columns where table_schema = current_schema())
                || (select string_agg(replace(indexdef, current_schema() || '.', ''), ';' order by indexname) from pg_indexes where schemaname = current_schema())
            """);
        return (string)command.ExecuteScalar()!;
    }

    private static StartupException Refused(PostgresDatabase database, ChainId chain, string name) => Assert.Throws<StartupException>(() => PostgresSetup.Prepare(database, chain, name));
}
