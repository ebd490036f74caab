using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Pyrsia.Authority.Storage.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class ClosedViews : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "closed",
                table: "journals",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "closed",
                table: "journals");
        }
    }
}
