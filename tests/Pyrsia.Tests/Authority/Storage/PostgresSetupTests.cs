using Microsoft.EntityFrameworkCore;
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

    private static StartupException Refused(PostgresDatabase database, ChainId chain, string name) => Assert.Throws<StartupException>(() => PostgresSetup.Prepare(database, chain, name));
}
