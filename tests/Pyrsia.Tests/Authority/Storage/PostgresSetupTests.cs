using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Contracts;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;
using Xunit;

namespace Pyrsia.Tests.Authority.Storage;

public sealed class PostgresSetupTests(PostgresFixture postgres)
{
    [Fact]
    public async Task The_tables_are_those_of_the_model()
    {
        using var database = await postgres.NewDatabaseAsync();
        Assert.False(database.Once(context => context.Database.HasPendingModelChanges()));
        Assert.Empty(database.Once(context => context.Database.GetPendingMigrations()));
    }

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
        Sql(database, """
            insert into authority values (1, '\x07', 'a1'); insert into votes values (0, 7, 1, '\x01'); insert into blocks values (1, 0, 7, '\x02', '\x03');
            insert into journals values (0, gen_random_uuid(), '\x04', 0); insert into journal_records values (0, 0, 0, 1, '\x05');
            insert into log_tail values (0, '\x06'); insert into log_tiles values (-1, 0, '\x07'); insert into log_documents values ('checkpoint', '\x08'); insert into log_payloads values ('\x09', '\x0a')
            """);
        var before = Rows(database);
        Assert.Contains("pyrsia-authority migrate", Refused(database, PostgresFixture.Chain, "a1").Advice, StringComparison.Ordinal);

        var applied = database.Once(context => PostgresSetup.Migrate(database, context));
        Assert.NotEmpty(applied);
        Assert.Equal(before, Rows(database));
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

    /// <summary>What stands in the tables of the first version.</summary>
    private static string Rows(PostgresDatabase database)
    {
        using var command = database.Source.CreateCommand("""
            select concat_ws('|', (select a from authority a), (select v from votes v), (select b from blocks b), (select (epoch, id, owner, floor) from journals), (select r from journal_records r),
                (select l from log_tail l), (select t from log_tiles t), (select d from log_documents d), (select p from log_payloads p))
            """);
        return (string)command.ExecuteScalar()!;
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
