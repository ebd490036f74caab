using Microsoft.EntityFrameworkCore;

namespace Pyrsia.Authority.Storage.Postgres;

/// <summary>Documents as rows. Of two copies of an authority that write one, the first is heard.</summary>
internal sealed class PostgresDocuments(PostgresDatabase database, string folder) : IDocumentStorage
{
    public IReadOnlyList<string> Names => database.Read(context => context.Documents.Where(d => d.Folder == folder).Select(d => d.Name).ToList());

    public byte[]? Read(string name) => database.Read(context => Find(context, name));

    public byte[] Change(string name, byte[]? before, byte[] after)
    {
        var expected = before ?? []; // no document is empty
        var stands = after;
        database.Write(context =>
        {
            context.Database.ExecuteSql($"""
                insert into documents as d (folder, name, bytes) values ({folder}, {name}, {after})
                on conflict (folder, name) do update set bytes = excluded.bytes where d.bytes = {expected}
                """);
            stands = Find(context, name) ?? after;
        });
        return stands;
    }

    public void Remove(string name) => database.Write(context => context.Documents.Where(d => d.Folder == folder && d.Name == name).ExecuteDelete());

    private byte[]? Find(AuthorityContext context, string name) => context.Documents.Where(d => d.Folder == folder && d.Name == name).Select(d => d.Bytes).FirstOrDefault();
}
