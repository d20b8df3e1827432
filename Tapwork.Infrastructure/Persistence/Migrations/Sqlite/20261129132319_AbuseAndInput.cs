using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class AbuseAndInput : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "CheckedAt",
                table: "Documents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "CheckedBy",
                table: "Documents",
                type: "TEXT",
                nullable: true);

            // Documents of before the office checked them count as checked.
            migrationBuilder.Sql("""UPDATE "Documents" SET "CheckedAt" = "AddedAt" WHERE "CheckedAt" IS NULL""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "CheckedAt",
                table: "Documents");

            migrationBuilder.DropColumn(
                name: "CheckedBy",
                table: "Documents");
        }
    }
}
